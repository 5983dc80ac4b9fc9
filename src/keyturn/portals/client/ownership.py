"""Only what is the customer's own exists for him (CUS-33)."""

import logging
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import Http404

from keyturn.platform.audit import services as audit
from keyturn.portals.client.requests import CustomerRequest

log = logging.getLogger(__name__)
M = TypeVar("M", bound=Model)


def own_or_404(request: CustomerRequest, owned: QuerySet[M], uuid: UUID) -> M:
    """The row of `owned`, which holds only what is the customer's; anything else is logged and does not exist."""
    found = owned.filter(uuid=uuid).first()
    if found is None:
        log.warning("not his own: customer %s asked %s %s", request.customer.uuid, request.method, request.path)
        changes = {"path": request.path[:200], "method": request.method}
        audit.record(request.actor, audit.Entry("access.refused", ("customer", request.customer.uuid), changes))
        raise Http404
    return found
