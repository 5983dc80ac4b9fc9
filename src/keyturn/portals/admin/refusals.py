"""Requests that a role does not allow."""

import logging

from django.core.exceptions import PermissionDenied

from keyturn.core.errors import NotPermitted
from keyturn.platform.audit import services as audit
from keyturn.portals.admin.sessions import AdminRequest

log = logging.getLogger(__name__)


def forbidden(request: AdminRequest, refusal: NotPermitted) -> PermissionDenied:
    """Put a refused request on record; gives the exception that shows the 403 page."""
    log.warning("refused: %s lacks %s for %s", request.actor.id, refusal.permission, request.path)
    changes = {"permission": str(refusal.permission), "path": request.path[:200], "method": request.method}
    audit.record(request.actor, audit.Entry("access.refused", ("admin", request.admin.uuid), changes))
    return PermissionDenied(refusal.message)
