"""The rules of abuse detection, on plain facts."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyturn.licensing.abuse.rules import RULES, Fact, judge, looks_random

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
LIMITS = {
    "simultaneous": 5, "spike": 10, "countries": 3, "cycling": 5, "churn": 20, "random": 10, "address": 20,
}  # fmt: skip


def _facts(
    count: int, apart: timedelta, *, same: str = "", countries: Sequence[str] = ("",), license: int = 0
) -> list[Fact]:
    return [
        Fact(
            number + 1,
            license or 7,
            same or f"PC-{number}",
            True,
            START + number * apart,
            country=countries[number % len(countries)],
        )
        for number in range(count)
    ]


def _hash(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def _names(facts: Sequence[Fact], limits: dict[str, int] = LIMITS) -> list[str]:
    return [hit.rule.name for hit in judge(facts, {facts[-1].id}, limits)]


@pytest.mark.spec("ACT-31")
@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("simultaneous", _facts(5, timedelta(seconds=14))),
        ("spike", _facts(10, timedelta(minutes=6))),
        ("countries", _facts(3, timedelta(hours=8), countries=("DE", "BR", "JP"))),
        ("cycling", _facts(6, timedelta(hours=4), same="PC")),
        ("churn", _facts(20, timedelta(hours=8))),
        ("random", [Fact(n, 7, _hash(n), True, START + n * timedelta(hours=2)) for n in range(10)]),
        ("address", [Fact(n, n, f"PC-{n}", True, START + n * timedelta(hours=1), "192.0.2.1") for n in range(1, 21)]),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)  # fmt: skip
def test_each_rule_sees_its_pattern_and_nothing_before(rule: str, facts: list[Fact]) -> None:
    assert _names(facts) == [rule]
    assert _names(facts[:-1]) == []
    assert _names(facts, {**LIMITS, rule: 0}) == []
    assert _names(facts, {**LIMITS, rule: LIMITS[rule] + 1}) == []


@pytest.mark.spec("ACT-31")
def test_slower_than_the_window_is_no_pattern() -> None:
    assert _names(_facts(5, timedelta(seconds=15))) == []
    assert _names(_facts(10, timedelta(minutes=7))) == []
    assert _names(_facts(3, timedelta(hours=12), countries=("DE", "BR", "JP"))) == []
    assert _names(_facts(6, timedelta(hours=5), same="PC")) == []
    assert _names(_facts(20, timedelta(hours=9))) == []


@pytest.mark.parametrize(
    ("identifier", "random"),
    [
        ("DESKTOP-4K7QX", False),
        ("MacBook-Pro-14-Anna", False),
        ("00:1A:2B:3C:4D:5E", False),
        ("shop.example.com", False),
        ("PC-1", False),
        ("a" * 64, False),
        ("5f4dcc3b5aa765d61d8327deb882cf99", True),
        ("01920000-6b2f-7a11-9c3e-4f5a6b7c8d9e", True),
        ("x7Kq2Rv9Lm4Tz8Wp", True),
        ("", False),
    ],
)
def test_what_looks_random(identifier: str, random: bool) -> None:
    assert looks_random(identifier) is random


_moments = st.lists(
    st.tuples(
        st.integers(0, 3 * 24 * 60), st.integers(1, 2), st.sampled_from("ABC"), st.sampled_from(["", "DE", "BR", "JP"])
    ),
    max_size=60,
)


@pytest.mark.spec("ACT-31")
@given(_moments, st.integers(1, 20))
def test_slices_do_not_change_the_verdict(moments: list[tuple[int, int, str, str]], size: int) -> None:
    facts = [
        Fact(number, license, device, True, START + timedelta(minutes=minute), f"192.0.2.{license}", country)
        for number, (minute, license, device, country) in enumerate(sorted(moments))
    ]
    limits = {rule.name: 2 for rule in RULES}
    at_once = judge(facts, {fact.id for fact in facts}, limits)
    sliced = [
        hit
        for start in range(0, len(facts), size)
        for hit in judge(facts[: start + size], {fact.id for fact in facts[start : start + size]}, limits)
    ]
    assert sorted(map(repr, at_once)) == sorted(map(repr, sliced))
