"""Static files: kept for ever at the present address, for a minute at any other."""

import re
from pathlib import Path

from django.test import Client

from keyturn.config import settings, staticfiles


def test_a_page_names_files_that_may_be_kept_for_ever(db: None, client: Client) -> None:
    page = client.get("/admin/sign-in").content.decode()
    addresses = re.findall(r'/static/[^"#]+', page)
    assert len(addresses) > 4
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "max-age=315360000, public, immutable"


def test_another_versions_address_gives_the_present_file_for_a_minute(client: Client) -> None:
    present = b"".join(client.get(f"{settings.STATIC_URL}ui/app.css"))
    for address in ("/static/0123456789ab/ui/app.css", "/static/ui/app.css"):
        answer = client.get(address)
        assert b"".join(answer) == present
        assert answer["Cache-Control"] == "max-age=60, public"
    for unknown in ("/static/0123456789ab/ui/nothing.css", "/static/0123456789AB/ui/app.css", "/static/../settings.py"):
        assert client.get(unknown).status_code == 404


def test_the_address_follows_names_and_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "portals/ui/static/ui"
    folder.mkdir(parents=True)
    seen = set()
    for name, text in (("a.css", "one"), ("a.css", "two"), ("b.css", "")):
        (folder / name).write_text(text)
        seen.add(staticfiles.address(tmp_path))
    assert len(seen) == 3
    assert all(re.fullmatch("/static/[0-9a-f]{12}/", one) for one in seen)
