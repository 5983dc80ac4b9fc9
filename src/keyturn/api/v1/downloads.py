"""What a license opens for download (docs/spec/api-v1.md 11.9)."""

import base64
from datetime import UTC, datetime, time
from typing import Any, Final
from urllib.parse import quote

from keyturn.access.permissions import Permission
from keyturn.api import params
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.details import plain
from keyturn.api.v1.fields import Identity, Line, Params
from keyturn.api.v1.registry import Context, endpoint
from keyturn.licensing.licenses.models import License
from keyturn.licensing.releases import program_downloads
from keyturn.licensing.releases.models import Release, ReleaseFile
from keyturn.platform.preferences.addresses import base_url

# Stands in the address where no device is named; no Base64 looks like it.
NOBODY: Final = "-"


class Access(Params):
    """The identifier is read with its kind, elsewhere."""

    license_key: Line = ""
    product_id: Identity | None = None
    version: Line = ""


@endpoint("access-downloadables", "POST", invalid=210, permissions=[Permission.VIEW_RELEASES], atomic=False, also="GET")
def access_downloadables(context: Context, given: Access) -> Result:
    """The published releases that the license entitles to, newest first, each with a link of 15 minutes."""
    license = lookups.license(context, given.license_key)
    named = {license.product_id, license.product.uuid} if license else set()
    if license is None or (given.product_id is not None and given.product_id not in named):
        return Result(210)
    found = params.identifier(context.call.params)
    identifier = found.text if found and found.usable else ""
    code = program_downloads.judge(license, identifier, optional=context.is_sdk and found is None)
    if code != program_downloads.OPEN:
        return Result(code)
    at_home = base_url()
    rows = [
        _row(release, license, identifier, at_home) for release in program_downloads.releases_of(license, given.version)
    ]
    plain_rows = [{name: row[name] for name in _DOCUMENTED} for row in rows]
    return Result(600, {"downloadables": plain_rows}, {"downloadables": rows})


_DOCUMENTED: Final = (
    *("id", "product_id", "numeric_version", "version", "update_summary", "changelog", "published"),
    *("release_date", "download_counter", "url"),
)


def _row(release: Release, license: License, identifier: str, at_home: str) -> dict[str, Any]:
    files = list(release.files.all())
    urls = [_url(release, file, license, identifier, at_home) for file in files]
    first = urls[0] if urls else ""
    return {
        "id": release.pk,
        "product_id": release.product_id,
        "numeric_version": release.numeric_version,
        "version": release.version,
        "update_summary": release.update_summary,
        "changelog": release.changelog,
        "published": 1,
        "release_date": plain(datetime.combine(release.release_date, time(), UTC)),
        "download_counter": release.downloads,
        "url": first,
        "uuid": str(release.uuid),
        "name": f"{release.product.name} {release.version}",
        "filename": files[0].name if files else "",
        "download_url": first,
        "files": [_file(file, url) for file, url in zip(files, urls, strict=True)],
    }


def _file(file: ReleaseFile, url: str) -> dict[str, Any]:
    return {
        "filename": file.name,
        "type": file.kind,
        "platform": file.platform,
        "architecture": file.architecture,
        "size": file.size,
        "sha256": file.sha256,
        "download_url": url,
    }


def _url(release: Release, file: ReleaseFile, license: License, identifier: str, at_home: str) -> str:
    token = program_downloads.token(file, license, identifier)
    named = base64.b64encode(identifier.encode()).decode() if identifier else NOBODY
    parts = (token, license.license_key, named, str(release.numeric_version))
    return "/".join((f"{at_home}/api/v1/download", *(quote(part, safe="") for part in parts)))
