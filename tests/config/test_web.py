"""The web server as its own process, and what the test machinery promises."""

from urllib.request import urlopen

import pytest
from playwright.sync_api import Page
from tests.installation import Installation


def test_installation_is_migrated_and_its_own(installation: Installation) -> None:
    """A key made by the command belongs to this installation."""
    count = "from keyturn.people.apikeys.models import ApiKey; print(ApiKey.objects.count())"
    assert installation.python(count) == "0"


def test_web_answers_and_stops(installation: Installation) -> None:
    """Static files come from the package; SIGTERM ends it with status 0."""
    with installation.serve() as web:
        assert web.stop() == 0
    with installation.serve("web", "--workers", "1") as web, pytest.raises(OSError, match="404"):
        urlopen(web.url + "/no-such-page")


@pytest.mark.browser
def test_browser_reaches_the_server(installation: Installation, page: Page) -> None:
    """Chromium talks to the installation."""
    with installation.serve() as web:
        answer = page.goto(web.url + "/no-such-page")
        assert answer is not None
        assert answer.status == 404
