"""From a validity period to an expiry date (GEN-27: counted from assignment)."""

import calendar
from datetime import datetime, timedelta


def expiry_from(start: datetime, count: int | None, unit: str) -> datetime | None:
    """When a validity of `count` `unit` (days, months or years) that begins at `start` ends.

    None stays None: lifetime. Months and years go by the calendar; the 31st becomes the last day of a
    shorter month.
    """
    if count is None:
        return None
    if unit == "days":
        return start + timedelta(days=count)
    months = count * (12 if unit == "years" else 1)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


def one_more_period(end: datetime | None, at: datetime, count: int | None, unit: str) -> datetime:
    """The next end of a validity that ends at `end`, from there or from `at`, whichever is later.

    Without a validity of its own it is a year.
    """
    start = max(at, end or at)
    return expiry_from(start, count, unit) or expiry_from(start, 1, "years") or start
