"""Downloads of lists, on record before the first row leaves."""

from collections.abc import Iterable
from typing import Any

from django.http import StreamingHttpResponse

from keyturn.platform.audit import services as audit
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui.lists import ListPage, export_response
from keyturn.portals.ui.lists.export import chosen_format


def download(request: AdminRequest, declaration: ListPage, rows: Iterable[Any]) -> StreamingHttpResponse:
    """The list as a file; the audit trail keeps who took it and how far it was narrowed.

    A search term may be somebody's name, so only that there was one is kept.
    """
    state = declaration.state(request)
    changes = {
        "list": declaration.name,
        "format": chosen_format(request),
        "searched": bool(state.search),
        "filters": {name: str(value) for name, value in state.filters.items()},
    }
    audit.record(request.actor, audit.Entry("list.exported", ("admin", request.admin.uuid), changes))
    return export_response(declaration, request, rows)
