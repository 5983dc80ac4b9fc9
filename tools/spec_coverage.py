#!/usr/bin/env python3
"""List the statements of docs/spec that no test names.

usage: tools/spec_coverage.py [PREFIX ...]     such as: tools/spec_coverage.py CUS LCY
A test names a statement with @pytest.mark.spec("CUS-03", ...).
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATEMENT = re.compile(r"^(?:- |\| )(?:\*\*)?([A-Z]{3}-\d{2,3})\b", re.MULTILINE)
MARK = re.compile(r"mark\.spec\(([^)]*)\)", re.DOTALL)
NAME = re.compile(r"[A-Z]{3}-\d{2,3}")


def stated() -> dict[str, set[str]]:
    """Prefix to the statements of the specification."""
    found: dict[str, set[str]] = defaultdict(set)
    for page in (ROOT / "docs" / "spec").glob("*.md"):
        for name in STATEMENT.findall(page.read_text("utf-8")):
            found[name[:3]].add(name)
    return found


def named() -> set[str]:
    """The statements that tests name."""
    texts = (test.read_text("utf-8") for test in (ROOT / "tests").rglob("*.py"))
    return {name for text in texts for arguments in MARK.findall(text) for name in NAME.findall(arguments)}


def main(wanted: set[str]) -> int:
    """Print one line a prefix; status 1 when a test names what the specification does not state."""
    proven, statements = named(), stated()
    for prefix, names in sorted(statements.items()):
        if wanted and prefix not in wanted:
            continue
        missing = sorted(names - proven)
        tail = f": missing {' '.join(missing)}" if missing else ""
        print(f"{prefix} {len(names) - len(missing)}/{len(names)}{tail}")
    unknown = sorted(proven - set().union(*statements.values()))
    if unknown:
        print(f"named by tests but not stated: {' '.join(unknown)}")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main({word.upper() for word in sys.argv[1:]}))
