"""Work that threads of one process ask for at the same moment, done once for all of them.

The first thread to arrive works at once. Those that arrive meanwhile wait together, and the first of them
works for all. Nobody gets an answer that was begun before his question; nothing is deferred.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


def _closed() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True)
class _Waiting(Generic[Question, Answer]):
    question: Question
    # Opened by another thread: either the answer is there, or it is this thread's turn to work.
    turn: threading.Lock = field(default_factory=_closed)
    answers: Sequence[Answer] = ()
    failure: Exception | None = None
    done: bool = False


class Together(Generic[Question, Answer]):
    """Calls `work` with the questions that wait; it gives one answer for each, in their order."""

    def __init__(self, work: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._busy = False
        self._waiting: list[_Waiting[Question, Answer]] = []

    def ask(self, question: Question) -> Answer:
        """The answer to `question`, or what `work` raised about it."""
        mine: _Waiting[Question, Answer] = _Waiting(question)
        with self._lock:
            follows = self._busy
            self._busy = True
            if follows:
                self._waiting.append(mine)
        if follows:
            mine.turn.acquire()
        if not mine.done:
            self._lead(mine)
        if mine.failure is not None:
            raise mine.failure
        return mine.answers[0]

    def _lead(self, mine: _Waiting[Question, Answer]) -> None:
        with self._lock:
            group = [mine, *(other for other in self._waiting if other is not mine)]
            self._waiting = []
        try:
            self._answer(group)
        finally:
            with self._lock:
                successor = self._waiting[0] if self._waiting else None
                self._busy = successor is not None
            for other in group[1:]:
                other.turn.release()
            if successor is not None:
                successor.turn.release()

    def _answer(self, group: list[_Waiting[Question, Answer]]) -> None:
        try:
            answers = self._work([each.question for each in group])
            for each, answer in zip(group, answers, strict=True):
                each.answers, each.done = (answer,), True
        except Exception as failure:
            if len(group) == 1:
                group[0].failure, group[0].done = failure, True
                return
            # One bad question must not cost the others their answers.
            for each in group:
                self._answer([each])
