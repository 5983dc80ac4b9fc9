"""Threads that meet share one piece of work, and one bad question costs only itself."""

import threading
from collections.abc import Sequence

from keyturn.core.together import Together

THREADS = 8


class Slow:
    """Answers nothing before every thread has come; refuses the word bad; keeps the size of every group."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.open = threading.Event()
        self.groups: list[int] = []

    def __call__(self, words: Sequence[str]) -> list[str]:
        self.begun.set()
        assert self.open.wait(10)
        if "bad" in words:
            raise ValueError("bad word")
        self.groups.append(len(words))
        return [word.upper() for word in words]


def _ask(work: Slow, words: list[str]) -> tuple[list[str | None], list[int]]:
    """The answers, and the positions of the words that failed. The first word is worked on alone."""
    together = Together(work)
    answers: list[str | None] = [None] * len(words)
    failed = []

    def ask(number: int, word: str) -> None:
        try:
            answers[number] = together.ask(word)
        except ValueError:
            failed.append(number)

    threads = [threading.Thread(target=ask, args=pair) for pair in enumerate(words)]
    threads[0].start()
    assert work.begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(together._waiting) < len(words) - 1:
        pass
    work.open.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert together.ask("later") == "LATER"
    return answers, failed


def test_those_who_wait_together_are_answered_together() -> None:
    work = Slow()
    words = [f"word {number}" for number in range(THREADS)]
    assert _ask(work, words) == ([word.upper() for word in words], [])
    assert work.groups == [1, THREADS - 1, 1]


def test_a_bad_question_fails_alone() -> None:
    work = Slow()
    words = [f"word {number}" for number in range(THREADS)]
    words[3] = "bad"
    answers, failed = _ask(work, words)
    assert failed == [3]
    assert answers == [None if word == "bad" else word.upper() for word in words]
