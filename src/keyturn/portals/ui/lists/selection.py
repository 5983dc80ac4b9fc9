"""The rows a bulk action is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, QueryDict

from keyturn.portals.ui.lists.state import ListState, read_state

if TYPE_CHECKING:
    from keyturn.portals.ui.lists.declaration import ListPage


@dataclass(frozen=True)
class Selection:
    """Ticked rows by id or, with `everything`, all rows matching `state`."""

    ids: Sequence[str]
    everything: bool
    state: ListState

    def __bool__(self) -> bool:
        return self.everything or bool(self.ids)

    def pairs(self) -> list[tuple[str, str]]:
        """As hidden fields of the confirming form, so that it posts the same selection again."""
        if self.everything:
            return [("everything", "1"), ("query", self.state.query())]
        return [("ids", one) for one in self.ids]


def read_selection(declaration: "ListPage", request: HttpRequest) -> Selection:
    """The selection a bulk form sends, by GET (the dialog) or POST (the action)."""
    sent: QueryDict = request.POST if request.method == "POST" else request.GET
    state = read_state(declaration, QueryDict(sent.get("query", "")).dict(), request)
    return Selection(sent.getlist("ids"), sent.get("everything") == "1", state.change())
