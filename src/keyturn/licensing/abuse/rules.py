"""What looks like misuse: pure rules over activations. No database, no settings, no clock.

Each new activation is judged by what was known when it came: those before it, within the time that a rule
looks back. Judging the same activations in other slices therefore gives the same hits.
"""

import re
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Fact:
    """One activation: a device of a license, since when, from which address and country ("" when unknown)."""

    id: int
    license_id: int
    identifier: str
    hardware: bool
    at: datetime
    ip: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern: how many different `marks` within `span` are too many for one `group`.

    An activation without mark or group does not count. With `repeated` it is the marks that came again
    that are counted. `text` words what was seen, with {seen} and {span}.
    """

    name: str
    title: str
    severity: str
    span: timedelta
    group: Callable[[Fact], Hashable]
    mark: Callable[[Fact], Hashable]
    text: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule fulfilled by an activation: how much was `seen`, where `limit` is too much already."""

    rule: Rule
    fact: Fact
    seen: int
    limit: int


def looks_random(identifier: str) -> bool:
    """Whether a hardware id reads as drawn: 16 hexadecimal digits or more, or letters and digits without a word.

    Hashes and UUIDs look like that; names of machines and addresses of network cards do not.
    """
    plain = "".join(one for one in identifier if one.isalnum())
    if len(set(plain.lower())) < 6:
        return False
    if re.fullmatch(r"[0-9A-Fa-f]+", plain):
        return len(plain) >= 16
    words = re.findall(r"[A-Za-z]{5,}", plain)
    if len(plain) < 12 or any(len(re.findall(r"(?i)[aeiouy]", word)) * 5 >= len(word) for word in words):
        return False
    return sum(left.isdigit() != right.isdigit() for left, right in pairwise(plain)) * 5 >= len(plain)


_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def _license(fact: Fact) -> Hashable:
    return fact.license_id


def _itself(fact: Fact) -> Hashable:
    return fact.id


def _device(fact: Fact) -> Hashable:
    return fact.identifier


def _random_device(fact: Fact) -> Hashable:
    return fact.identifier if fact.hardware and looks_random(fact.identifier) else None


RULES = (
    Rule("simultaneous", "Simultaneous Activation", "critical", _MINUTE, _license, _itself,
         "{seen} activations in one minute"),
    Rule("spike", "Activation Spike", "high", _HOUR, _license, _itself, "{seen} activations in one hour"),
    Rule("countries", "Geographic Spread", "medium", _DAY, _license, lambda fact: fact.country or None,
         "activations from {seen} countries in 24 hours"),
    Rule("cycling", "Rapid Cycling", "medium", _DAY, _license, _device,
         "devices activated again {seen} times in 24 hours", repeated=True),
    Rule("churn", "Hardware ID Churn", "high", timedelta(days=7), _license, _device,
         "{seen} different identifiers in 7 days"),
    Rule("random", "Random Identifiers", "medium", _DAY, _license, _random_device,
         "{seen} identifiers that look random in 24 hours"),
    Rule("address", "Many Licenses from One Address", "medium", _DAY, lambda fact: fact.ip or None, _license,
         "{seen} licenses activated from one address in 24 hours"),
)  # fmt: skip
BY_NAME = {rule.name: rule for rule in RULES}
LONGEST = max(rule.span for rule in RULES)


def judge(facts: Iterable[Fact], fresh: Set[int], limits: Mapping[str, int]) -> list[Hit]:
    """The hits of the activations whose ids are in `fresh`, oldest first.

    `facts` holds those and what came before them as far as the rules look back. `limits`: by the name of
    a rule; one that is missing or 0 switches the rule off.
    """
    ordered = sorted(facts, key=lambda fact: (fact.at, fact.id))
    hits = [hit for rule in RULES if limits.get(rule.name) for hit in _apply(rule, ordered, fresh, limits[rule.name])]
    return sorted(hits, key=lambda hit: (hit.fact.at, hit.fact.id))


def _apply(rule: Rule, ordered: Sequence[Fact], fresh: Set[int], limit: int) -> Iterable[Hit]:
    windows: dict[Hashable, _Window] = {}
    for fact in ordered:
        group, mark = rule.group(fact), rule.mark(fact)
        if group is None or mark is None:
            continue
        window = windows.setdefault(group, _Window(rule.span))
        window.add(fact.at, mark)
        seen = window.repeated if rule.repeated else window.different
        if fact.id in fresh and seen >= limit:
            yield Hit(rule, fact, seen, limit)


class _Window:
    """The marks of the last `span`, counted as they come and go."""

    def __init__(self, span: timedelta) -> None:
        self.span = span
        self.waiting: deque[tuple[datetime, Hashable]] = deque()
        self.counted: Counter[Hashable] = Counter()

    def add(self, at: datetime, mark: Hashable) -> None:
        """Take in a mark, drop those that are `span` old."""
        self.waiting.append((at, mark))
        self.counted[mark] += 1
        while self.waiting[0][0] <= at - self.span:
            _, old = self.waiting.popleft()
            self.counted[old] -= 1
            if not self.counted[old]:
                del self.counted[old]

    @property
    def different(self) -> int:
        """How many different marks there are."""
        return len(self.counted)

    @property
    def repeated(self) -> int:
        """How many marks are there once more."""
        return len(self.waiting) - len(self.counted)
