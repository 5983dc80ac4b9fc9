"""Pages that need no sign-in."""

from django.http import HttpRequest, HttpResponse


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open too long, or the form came from elsewhere."""
    return HttpResponse("This page has expired. Go back, reload it and try again.", status=403)
