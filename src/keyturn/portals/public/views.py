"""Pages that need no sign-in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The bare address leads to the Admin Portal."""
    return redirect("admin:home")
