"""Only lifecycle.py may write the status of a license: read from the source itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import keyturn

SOURCE = Path(keyturn.__file__).parent
WRITER = SOURCE / "licensing" / "licenses" / "lifecycle.py"
# How the code calls a license; rows that are born in a state never change it and are no writers.
LICENSE_NAMES = {"license", "fresh", "row", "stock", "locked"}


def _writes(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_is_status(target) for target in targets):
                yield node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_update(node, node.func):
            yield node.lineno


def _is_status(target: ast.expr) -> bool:
    return (
        isinstance(target, ast.Attribute)
        and target.attr in ("status", "prior_status")
        and isinstance(target.value, ast.Name)
        and target.value.id in LICENSE_NAMES
    )


def _is_update(call: ast.Call, method: ast.Attribute) -> bool:
    written = method.attr in ("update", "bulk_update") and "License.objects" in ast.unparse(method)
    return written and (any(word.arg == "status" for word in call.keywords) or "'status'" in ast.unparse(call))


def test_nothing_but_the_lifecycle_writes_the_status_of_a_license() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{line}"
        for path in sorted(SOURCE.rglob("*.py"))
        if path != WRITER and "migrations" not in path.parts
        for line in _writes(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []


def test_the_check_sees_such_a_writer() -> None:
    assert list(_writes(ast.parse("License.objects.filter(pk=1).update(status='active')")))
    assert list(_writes(ast.parse("license.status = 'active'")))
    assert list(_writes(ast.parse(WRITER.read_text("utf-8"))))
