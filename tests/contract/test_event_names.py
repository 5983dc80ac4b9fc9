"""Every event that the product records has its line in the registry of names."""

import ast
from collections.abc import Iterator
from pathlib import Path

import keyturn
from keyturn.platform.audit.registry import named

SOURCE = Path(keyturn.__file__).parent
WRITERS = {"Entry", "license_entry", "activation_entry", "Rule"}


def _names() -> Iterator[tuple[str, str]]:
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _called(node) in WRITERS:
                for argument in node.args[:2]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and "." in argument.value:
                        yield argument.value, f"{file.name}:{node.lineno}"


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_every_event_has_a_name() -> None:
    unnamed = {f"{action} ({place})" for action, place in _names() if not named(action)}
    assert not unnamed, "add them to platform/audit/registry.py"
