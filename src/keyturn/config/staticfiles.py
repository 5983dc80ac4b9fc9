"""Static files under an address that names their content, so that browsers keep them without asking again."""

import hashlib
import re
from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

ROOT: Final = "/static/"
_ANY_VERSION = re.compile(f"^{ROOT}(?:[0-9a-f]{{12}}/)?")


def address(package: Path) -> str:
    """`/static/<digest>/`: the digest covers names and bytes of all our static files, and is alike on every host."""
    digest = hashlib.sha256()
    for file in sorted(one for one in package.glob("portals/*/static/**/*") if one.is_file()):
        digest.update(f"{file.relative_to(package).as_posix()}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return f"{ROOT}{digest.hexdigest()[:12]}/"


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, which lets files of the present address be kept for ever.

    Addresses of another version, and plain ones, give the present files for a minute: a page may have been
    drawn before an upgrade, or by a host that has had it already.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        present = _ANY_VERSION.sub(self.static_prefix, request.path_info, count=1)
        file = None if self.autorefresh or present == request.path_info else self.files.get(present)
        if file is None:
            return super().__call__(request)  # type: ignore[no-any-return]
        response: HttpResponseBase = self.serve(file, request)
        response.headers["Cache-Control"] = f"max-age={self.max_age}, public"
        return response

    def immutable_file_test(self, path: str, url: str) -> bool:
        """Whether the address of a file changes with its content."""
        return url.startswith(self.static_prefix) and self.static_prefix != ROOT
