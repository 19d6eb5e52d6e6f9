"""The two kinds of template: a question template makes iio records, a dialogue template makes turn records."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.sources.catalogue import CatalogueEntry, Origin
from hackmentor.records.record import Message, Record

E = TypeVar("E")
T = TypeVar("T")
TaskKind = Literal[
    "explain", "map", "detect", "mitigate", "compare", "analyse code", "analyse an alert", "write a rule", "judge"
]


class EntryIndex:
    """The entries on one side of the split, by id and by key; a template takes a second entry from nowhere else."""

    def __init__(self, entries: Sequence[CatalogueEntry]) -> None:
        self.entries = entries
        self._indexes: dict[object, dict[str, list[Any]]] = {}
        self._computed: dict[object, Any] = {}
        self._by_id = {entry.upstream_id: entry for entry in entries}

    def get(self, upstream_id: str, kind: type[E]) -> E | None:
        """The entry with this id, if it is on this side and of this kind."""
        entry = self._by_id.get(upstream_id)
        return entry if isinstance(entry, kind) else None

    def group_by(self, kind: type[E], get_keys: Callable[[E], Iterable[str]]) -> Mapping[str, Sequence[E]]:
        """The entries of one kind by key; `get_keys`, a module-level function, gives the keys of an entry."""
        name = (kind, get_keys)
        if name not in self._indexes:
            index: dict[str, list[Any]] = {}
            for entry in self.iter_kind(kind):
                for key in get_keys(entry):
                    index.setdefault(key, []).append(entry)
            self._indexes[name] = index
        return self._indexes[name]

    def compute_once(self, name: object, compute: Callable[[], T]) -> T:
        """What `compute` returns from the entries of this side; computed at the first call with this `name`."""
        if name not in self._computed:
            self._computed[name] = compute()
        result: T = self._computed[name]
        return result

    def iter_kind(self, kind: type[E]) -> Iterator[E]:
        """All entries of one kind."""
        return (entry for entry in self.entries if isinstance(entry, kind))


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """One answer, what the question must show (`input`), and the values for the slots of its wording."""

    output: str
    slots: Mapping[str, str]
    input: str = ""
    key: str = ""
    """Distinguishes several drafts that one template makes from one entry."""


@dataclass(frozen=True, slots=True)
class QuestionTemplate(Generic[E]):
    """Asks about entries of one kind, in one of several wordings with slots in braces; `name` is the record's task."""

    name: str
    kind: TaskKind
    entry: type[E]
    wordings: tuple[str, ...]
    make: Callable[[E, HashChooser, EntryIndex], Iterable[AnswerDraft]]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Questions and answers in turn."""

    turns: Sequence[tuple[str, str]]
    key: str = ""


@dataclass(frozen=True, slots=True)
class DialogueTemplate(Generic[E]):
    """Makes dialogues about entries of one kind, in which later turns build on earlier ones."""

    name: str
    entry: type[E]
    make: Callable[[E, HashChooser, EntryIndex], Iterable[Dialogue]]


@dataclass(frozen=True)
class TemplateSet:
    """All templates for one source."""

    question_templates: Sequence[QuestionTemplate[Any]] = ()
    dialogue_templates: Sequence[DialogueTemplate[Any]] = ()

    def make_iio_records(self, entry_index: EntryIndex, origin: Origin, seed: int) -> Iterator[Record]:
        """The iio records of all question templates over all entries."""
        for template in self.question_templates:
            for entry in entry_index.iter_kind(template.entry):
                yield from _make_iio_records(template, entry, entry_index, origin, seed)

    def make_turn_records(self, entry_index: EntryIndex, origin: Origin, seed: int) -> Iterator[Record]:
        """The turn records of all dialogue templates over all entries."""
        for template in self.dialogue_templates:
            for entry in entry_index.iter_kind(template.entry):
                yield from _make_turn_records(template, entry, entry_index, origin, seed)


def _make_iio_records(
    template: QuestionTemplate[Any],
    entry: Any,  # noqa: ANN401
    entry_index: EntryIndex,
    origin: Origin,
    seed: int,
) -> Iterator[Record]:
    for draft in template.make(entry, HashChooser(seed, entry.upstream_id, template.name), entry_index):
        chooser = HashChooser(seed, entry.upstream_id, f"{template.name}/{draft.key}")
        yield Record(
            **_make_provenance(origin, entry, template.name, draft.key),
            shape="iio",
            instruction=chooser.pick("wording", template.wordings).format(**draft.slots),
            input=draft.input,
            output=draft.output,
        )


def _make_turn_records(
    template: DialogueTemplate[Any],
    entry: Any,  # noqa: ANN401
    entry_index: EntryIndex,
    origin: Origin,
    seed: int,
) -> Iterator[Record]:
    for dialogue in template.make(entry, HashChooser(seed, entry.upstream_id, template.name), entry_index):
        messages: list[Message] = []
        for question, answer in dialogue.turns:
            messages.append({"role": "user", "content": question})
            messages.append({"role": "assistant", "content": answer})
        provenance = _make_provenance(origin, entry, template.name, dialogue.key)
        yield Record(**provenance, shape="turn", messages=tuple(messages))


def _make_provenance(origin: Origin, entry: CatalogueEntry, name: str, key: str) -> dict[str, Any]:
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
