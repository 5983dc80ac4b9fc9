"""The reference of all settings, written from their declarations."""

from collections.abc import Iterator

from keyturn.access.permissions import GRANTED, Permission, Role
from keyturn.platform.preferences.kinds import Choice, Secret, Setting, Toggle
from keyturn.platform.preferences.registry import TABS, Tab, of_tab

_HEAD = """# Settings

What admins change under Settings, tab by tab. A change is in force at once, in every process, and stands in the audit
trail with its values before and after; of secrets it says only that they changed. What belongs to the machine is set
by [environment variables](operations.md#environment-variables).

This page is written from the declarations by `keyturn settings-reference`; a test holds it to them."""


def markdown() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(line for tab in TABS for line in _of(tab))]) + "\n"


def _of(tab: Tab) -> Iterator[str]:
    yield from ("", f"## {tab.title}", "", f"{tab.text} {_editors(tab)}", "")
    if not of_tab(tab.name):
        yield tab.note
        return
    if tab.note:
        yield from (tab.note, "")
    yield from ("| Setting | Name | Default | Limits | What it does |", "|---|---|---|---|---|")
    for one in of_tab(tab.name):
        cells = (f"{one.section}: {one.label}", f"`{one.name}`", _default(one), one.limits, one.help)
        yield f"| {' | '.join(cell.replace('|', ' or ') for cell in cells)} |"


def _editors(tab: Tab) -> str:
    editors = _roles(tab.permission)
    readers = [role for role in _roles(tab.view_permission) if role not in editors]
    text = f"Changed by {' and '.join(editors)}"
    return f"{text}; read by {' and '.join(readers)}." if readers else f"{text}."


def _roles(permission: Permission) -> list[str]:
    return [role.label for role in Role if permission in GRANTED[role]]


def _default(one: Setting) -> str:
    if isinstance(one, Toggle):
        return "on" if one.default else "off"
    if isinstance(one, Choice):
        return dict(one.options)[one.default]
    if isinstance(one, Secret) or one.default == "":
        return "none"
    return f"{one.default:,}" if isinstance(one.default, int) else str(one.default)
