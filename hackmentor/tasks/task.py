"""What a task is: the units that it makes cases of, how an answer is marked, and how a label is proven."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import ClassVar, Generic, Protocol, TypeVar

from hackmentor.exams.answer_marker import AnswerMarker, Constant
from hackmentor.exams.item import ExamItem
from hackmentor.tasks.case import Case
from hackmentor.tasks.material import Material

# Of so many of the commonest keys the one that earns most is looked for.
MAX_CANDIDATES = 40
MAX_SHOWN = 60


class Unit(Protocol):
    """What cases are made of, and what the split keeps together: a technique, a rule, a vulnerability, a report."""

    @property
    def upstream_id(self) -> str:
        """Its id."""

    @property
    def split_key(self) -> str:
        """Units with the same key stay on the same side of the split."""


U = TypeVar("U", bound=Unit)


class Task(AnswerMarker, Generic[U]):
    """One task; all of them are in `registry.py`. Scores are from 0 to 1."""

    answer_form = ""
    sources: ClassVar[tuple[str, ...]] = ()
    """The registered catalogues that it needs; none where its own material is enough."""
    by_path: ClassVar[str] = ""
    """What else it takes by path from data.sources, in words."""
    proof: ClassVar[str]
    """What proves its labels, in words."""

    @abstractmethod
    def list_units(self, material: Material) -> Sequence[U]:
        """Everything that cases can be made of, of its own and from the sources."""

    @abstractmethod
    def build_cases(self, units: Sequence[U], seed: int) -> Iterator[Case]:
        """The cases of units that are all on one side of the split; the same units and seed give the same cases."""

    @abstractmethod
    def find_label_fault(self, case: Case) -> str:
        """What is wrong with the key by the program that proves it; empty if nothing is."""

    def choose_constant(self, items: Sequence[ExamItem]) -> Constant:
        """The one of the commonest keys that earns most as an answer to every item."""
        keys = [key for key, _ in Counter(item.key for item in items).most_common(MAX_CANDIDATES)]
        answers = list(map(self.show_key, keys))
        best = max(answers, key=lambda answer: sum(self.mark_answer(item, answer).score for item in items))
        shown = " ".join(best.split())
        return Constant(f"always {shown if len(shown) <= MAX_SHOWN else f'{shown[:MAX_SHOWN]}…'}", best)

    def show_key(self, key: str) -> str:
        """The shortest right answer to an item with this key."""
        return key


def make_random(seed: int, *key: str) -> Random:
    """Random numbers that depend on the seed and the key alone, not on how many were drawn before."""
    return Random("\x1f".join((str(seed), *key)))
