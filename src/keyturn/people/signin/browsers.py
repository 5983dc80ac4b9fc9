"""What people call the browser they use, as far as its user agent tells."""

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def name(user_agent: str) -> str:
    """For example `Firefox on Windows`."""
    browser = next((label for sign, label in _BROWSERS if sign in user_agent), "")
    system = next((label for sign, label in _SYSTEMS if sign in user_agent), "")
    return " on ".join(part for part in (browser, system) if part) or "Unknown browser"
