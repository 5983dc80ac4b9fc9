"""The address under which people reach this installation."""

from django.conf import settings

from keyturn.platform.preferences import services


def base_url() -> str:
    """Scheme, host and port, without a slash at the end.

    KEYTURN_PUBLIC_URL, else the Public Address of the settings, else where the server listens. Never taken
    from a request: whoever sends one could then choose where a reset link leads.
    """
    fixed: str = settings.PUBLIC_URL.rstrip("/")
    return fixed or services.text("general.base_url") or settings.LOCAL_URL


def public_url(path: str) -> str:
    """`path`, which begins with a slash, as an absolute address for mails and files."""
    return base_url() + path
