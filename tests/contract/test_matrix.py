"""The permission matrix of the specification, row by row and role by role, against the code's own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from keyturn.access.permissions import GRANTED, Permission, Role

SPEC = Path(__file__).parents[2] / "docs" / "spec" / "admins-and-roles.md"
ROLES = (Role.SUPER_ADMIN, Role.ADMIN, Role.OPERATOR, Role.VIEWER)
P = Permission
FULL, READ, NONE, OWN = "✓", "R", "–", "own and unassigned"

# What each row means in permissions: (to see it, to do all of it).
MEANING: dict[str, tuple[set[Permission], set[Permission]]] = {
    "Dashboard, search, notifications, own profile, environment switch": ({P.USE_PORTAL}, {P.USE_PORTAL}),
    "Products, generators": ({P.VIEW_CATALOG}, {P.MANAGE_CATALOG}),
    "Rotate product signing keys, product kill switch, disaster recovery": (set(), {P.ROTATE_KEYS, P.KILL_SWITCH}),
    "Licenses: list, detail": ({P.VIEW_LICENSES}, {P.REVEAL_KEYS}),
    "Licenses: create, generate, import, edit, reassign, delete; offline files": (set(), {P.MANAGE_LICENSES}),
    "Licenses: assign, suspend, reactivate, revoke": (set(), {P.ASSIGN_LICENSES, P.STOP_LICENSES}),
    "Activations: list": ({P.VIEW_ACTIVATIONS}, {P.VIEW_ACTIVATIONS}),
    "Activations: deactivate": (set(), {P.DEACTIVATE}),
    "Customers: list, detail, timeline": ({P.VIEW_CUSTOMERS}, {P.MANAGE_CUSTOMERS}),
    "Customers: edit, status, email, reset, view-as, transfer, export, delete": (
        set(),
        {P.MANAGE_CUSTOMERS, P.EXPORT_CUSTOMERS},
    ),
    "Contracts, downloadables, changelogs": ({P.VIEW_RELEASES}, {P.MANAGE_RELEASES}),
    "Export other lists (products, generators, licenses, activations, contracts)": (
        {P.EXPORT_LISTS},
        {P.EXPORT_LISTS},
    ),
    "API keys": (set(), {P.MANAGE_API_KEYS}),
    "Webhooks, deliveries": (set(), {P.MANAGE_WEBHOOKS}),
    "Email templates, background jobs": (set(), {P.MANAGE_TEMPLATES, P.MANAGE_JOBS}),
    "Widgets: define": (set(), {P.DEFINE_WIDGETS}),
    "Widgets: pin and order one's own": ({P.USE_PORTAL}, {P.USE_PORTAL}),
    "Telemetry, raw telemetry": (set(), {P.VIEW_TELEMETRY}),
    "Logs, audit trail": ({P.VIEW_LOGS}, set()),
    "Abuse cases": (set(), {P.HANDLE_ABUSE}),
    "Tickets: view, reply, assign": ({P.WORK_TICKETS}, {P.MANAGE_TICKETS}),
    "Tickets: delete": (set(), {P.DELETE_TICKETS}),
    "Settings: ordinary tabs": (set(), {P.MANAGE_SETTINGS}),
    "Settings: Email, Storage, Logging, Envato": ({P.VIEW_CRITICAL_SETTINGS}, {P.MANAGE_CRITICAL_SETTINGS}),
    "Retention policies, admin users": (set(), {P.MANAGE_RETENTION, P.MANAGE_ADMINS}),
}


def _rows() -> Iterator[tuple[str, dict[Role, str]]]:
    section = SPEC.read_text().split("## Permission matrix")[1].split("\n## ")[0]
    for line in re.findall(r"^\| (?!Capability)([^|]+[a-z].*) \|$", section, re.MULTILINE):
        name, *cells = [cell.strip() for cell in line.split("|")]
        yield name, dict(zip(ROLES, cells, strict=True))


CASES = [(name, role, cell) for name, cells in _rows() for role, cell in cells.items()]


def test_every_row_of_the_specification_is_known() -> None:
    assert [name for name, _ in _rows()] == list(MEANING)


def test_every_permission_stands_in_a_row() -> None:
    assert {one for see, do in MEANING.values() for one in see | do} == set(Permission)


@pytest.mark.spec("ADM-09", "CUS-50")
@pytest.mark.parametrize(("name", "role", "cell"), CASES, ids=lambda value: str(value).replace(" ", "-"))
def test_a_role_holds_what_its_cell_says(name: str, role: Role, cell: str) -> None:
    (see, do), held = MEANING[name], GRANTED[role]
    if cell == NONE:
        assert not held & (see | do)
    elif cell.startswith(READ) or cell == OWN:
        assert see <= held
        assert not held & (do - see)
    else:
        assert cell.startswith(FULL)
        assert (see | do) <= held
