"""Mails inside a page: markup that others wrote, shown where it can do nothing."""

from django.http import HttpResponse

# No script, no form, nothing loaded from elsewhere; links open in a tab of their own.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


def framed(markup: str, images: str = "") -> HttpResponse:
    """The document of an `<iframe sandbox="allow-popups allow-popups-to-escape-sandbox">`.

    `images` is another server that pictures may come from.
    """
    if "<head>" in markup:
        markup = markup.replace("<head>", '<head><base target="_blank">', 1)
    response = HttpResponse(markup)
    response["Content-Security-Policy"] = _POLICY.replace("'self' data:", f"'self' data: {images}".strip())
    response["Cache-Control"] = "no-store"
    return response
