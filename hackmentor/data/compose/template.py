"""The two kinds of template: a task makes question-and-answer pairs, a plan makes dialogues."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from hackmentor.data.hash_choice import Voice
from hackmentor.data.sources.catalogue import Entry, Origin
from hackmentor.records.record import Message, Record

E = TypeVar("E")
Kind = Literal[
    "explain", "map", "detect", "mitigate", "compare", "analyse code", "analyse an alert", "write a rule", "judge"
]


class Shelf:
    """The entries on one side of the split. A template that needs a second entry takes it from here and only here."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self._indexes: dict[object, dict[str, list[Any]]] = {}
        self._by_id = {entry.upstream_id: entry for entry in entries}

    def get(self, upstream_id: str, kind: type[E]) -> E | None:
        """The entry with this id, if it is on this side and of this kind."""
        entry = self._by_id.get(upstream_id)
        return entry if isinstance(entry, kind) else None

    def by(self, kind: type[E], keys: Callable[[E], Iterable[str]]) -> Mapping[str, Sequence[E]]:
        """The entries of one kind under each of the keys that `keys`, a function of a module, gives for them."""
        name = (kind, keys)
        if name not in self._indexes:
            index: dict[str, list[Any]] = {}
            for entry in self.of(kind):
                for key in keys(entry):
                    index.setdefault(key, []).append(entry)
            self._indexes[name] = index
        return self._indexes[name]

    def of(self, kind: type[E]) -> Iterator[E]:
        """All entries of one kind."""
        return (entry for entry in self.entries if isinstance(entry, kind))


@dataclass(frozen=True, slots=True)
class Piece:
    """One answer, what the question must show (`input`), and the words that fill the question's slots."""

    output: str
    slots: Mapping[str, str]
    input: str = ""
    key: str = ""
    """Tells apart several pieces that one task makes from one entry."""


@dataclass(frozen=True, slots=True)
class Task(Generic[E]):
    """A way to ask about entries of one kind, in several wordings with slots in braces."""

    name: str
    kind: Kind
    entry: type[E]
    wordings: tuple[str, ...]
    make: Callable[[E, Voice, Shelf], Iterable[Piece]]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Questions and answers in turn."""

    turns: Sequence[tuple[str, str]]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Plan(Generic[E]):
    """A way to talk about entries of one kind, where later turns rest on earlier ones."""

    name: str
    entry: type[E]
    make: Callable[[E, Voice, Shelf], Iterable[Dialogue]]


@dataclass(frozen=True)
class Composer:
    """All templates for one source."""

    tasks: Sequence[Task[Any]] = ()
    plans: Sequence[Plan[Any]] = ()

    def questions(self, shelf: Shelf, origin: Origin, seed: int) -> Iterator[Record]:
        """The iio records of all tasks over all entries."""
        for task in self.tasks:
            for entry in shelf.of(task.entry):
                yield from _questions(task, entry, shelf, origin, seed)

    def dialogues(self, shelf: Shelf, origin: Origin, seed: int) -> Iterator[Record]:
        """The turn records of all plans over all entries."""
        for plan in self.plans:
            for entry in shelf.of(plan.entry):
                yield from _dialogues(plan, entry, shelf, origin, seed)


def _questions(task: Task[Any], entry: Any, shelf: Shelf, origin: Origin, seed: int) -> Iterator[Record]:  # noqa: ANN401
    for piece in task.make(entry, Voice(seed, entry.upstream_id, task.name), shelf):
        voice = Voice(seed, entry.upstream_id, f"{task.name}/{piece.key}")
        yield Record(
            **_origin(origin, entry, task.name, piece.key),
            shape="iio",
            instruction=voice.pick("wording", task.wordings).format(**piece.slots),
            input=piece.input,
            output=piece.output,
        )


def _dialogues(plan: Plan[Any], entry: Any, shelf: Shelf, origin: Origin, seed: int) -> Iterator[Record]:  # noqa: ANN401
    for dialogue in plan.make(entry, Voice(seed, entry.upstream_id, plan.name), shelf):
        messages: list[Message] = []
        for question, answer in dialogue.turns:
            messages.append({"role": "user", "content": question})
            messages.append({"role": "assistant", "content": answer})
        made = _origin(origin, entry, plan.name, dialogue.key)
        yield Record(**made, shape="turn", messages=tuple(messages))


def _origin(origin: Origin, entry: Entry, name: str, key: str) -> dict[str, Any]:
    credit = getattr(entry, "credit", "")
    author = f"; author: {credit}" if credit else ""
    return {
        "id": "/".join(part for part in (entry.upstream_id, name, key) if part),
        "source": origin.name,
        "upstream_id": entry.upstream_id,
        "upstream_version": origin.upstream_version,
        "licence": origin.licence + author,
        "made_by": f"template:{name}",
        "task": name,
    }
