"""Who may download what: the one place that knows (DLD-30, DLD-32, CLP-40).

Rules stand in order, the first that objects decides. Portal, API and links ask the same ones, every time.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.releases.models import Release


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether, and why not. `message` is for the customer; `rank` tells how far the rules came."""

    code: str
    message: str = ""
    rank: int = 0

    @property
    def allowed(self) -> bool:
        """Whether the file may be sent."""
        return self.code == "allowed"


ALLOWED: Final = Verdict("allowed", rank=100)
NO_LICENSE: Final = Verdict("no_license", "You have no license for this product.")
LicenseRule = Callable[[License, datetime], str]
ReleaseRule = Callable[[Release, License, datetime], str]


def _product_runs(license: License, at: datetime) -> str:
    return "This product was withdrawn by its vendor." if license.product.killed_at else ""


def _in_use(license: License, at: datetime) -> str:
    if license.status == Status.ACTIVE or (license.status == Status.ASSIGNED and before_activation(license)):
        return ""
    if license.status == Status.ASSIGNED:
        return "Activate your license in the software first. Downloads open afterwards."
    return f"Your license is {license.status}. Downloads need an active license."


def _not_expired(license: License, at: datetime) -> str:
    over = license.expires_at is not None and license.expires_at <= at
    return "Your license has expired. Renew it to download." if over else ""


def _assigned_in_time(release: Release, license: License, at: datetime) -> str:
    day = license.assigned_at.date() if license.assigned_at else date.min
    if release.assigned_after and day < release.assigned_after:
        return f"This version is for licenses bought from {_words(release.assigned_after)} on."
    if release.assigned_before and day > release.assigned_before:
        return f"This version is for licenses bought until {_words(release.assigned_before)}."
    return ""


def _runs_long_enough(release: Release, license: License, at: datetime) -> str:
    if release.runs_until and license.expires_at and license.expires_at.date() < release.runs_until:
        return f"This version needs a license that runs until {_words(release.runs_until)} or longer. Renew yours."
    return ""


def _window_open(release: Release, license: License, at: datetime) -> str:
    if release.access_from and at.date() < release.access_from:
        return f"This version can be downloaded from {_words(release.access_from)} on."
    if release.access_until and at.date() > release.access_until:
        return f"This version could be downloaded until {_words(release.access_until)}."
    return ""


# First about the license as such, then about this release.
LICENSE_RULES: Final[tuple[LicenseRule, ...]] = (_product_runs, _in_use, _not_expired)
RELEASE_RULES: Final[tuple[ReleaseRule, ...]] = (_assigned_in_time, _runs_long_enough, _window_open)


def before_activation(license: License) -> bool:
    """Whether a license that is in use on no device yet opens the downloads (DLD-30)."""
    return license.product.downloads_before_activation


def is_visible(release: Release, at: datetime) -> bool:
    """Whether customers may hear of it at all: published, and its date has come (UTC)."""
    return release.status == Release.Status.PUBLISHED and release.release_date <= at.date()


def judge(release: Release, license: License, at: datetime) -> Verdict:
    """The verdict on one license, read with its product, of the product of `release`."""
    if not is_visible(release, at) or license.product_id != release.product_id:
        return NO_LICENSE
    for rank, about_license in enumerate(LICENSE_RULES, start=1):
        if message := about_license(license, at):
            return Verdict(about_license.__name__.strip("_"), message, rank)
    for rank, about_release in enumerate(RELEASE_RULES, start=len(LICENSE_RULES) + 1):
        if message := about_release(release, license, at):
            return Verdict(about_release.__name__.strip("_"), message, rank)
    return ALLOWED


def best(release: Release, licenses: Iterable[License], at: datetime) -> tuple[Verdict, License | None]:
    """The verdict on whoever holds these licenses, and the license that decided it: the one that came furthest."""
    verdicts = [(judge(release, license, at), license) for license in licenses]
    return max(verdicts, key=lambda pair: pair[0].rank, default=(NO_LICENSE, None))


def is_narrowed(release: Release) -> bool:
    """Whether the release has access rules of its own."""
    return any(getattr(release, name) for name in ACCESS_FIELDS)


ACCESS_FIELDS: Final[Sequence[str]] = (
    "assigned_after",
    "assigned_before",
    "runs_until",
    "access_from",
    "access_until",
)


def _words(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
