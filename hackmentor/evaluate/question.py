"""Questions to be answered, of whatever origin. Needs no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hackmentor.config.schema import Shape
from hackmentor.records.read.import_records import read_foreign
from hackmentor.records.record import Message, Record
from hackmentor.runtime.errors import UserError

# The sets that this package brings: held-out data by shape, and requests.
OWN_SETS = ("iio", "turn", "harmful", "legitimate", "injection")


@dataclass(frozen=True)
class Question:
    """A conversation that ends on what the user says, and a good answer to it (empty: none is known).

    `set` names where it is from; `shape` says which template asks it; `most_tokens` bounds the answer.
    """

    id: str
    set: str
    shape: Shape
    category: str
    messages: tuple[Message, ...]
    reference: str
    most_tokens: int

    @property
    def asked(self) -> str:
        """What the user says last."""
        return self.messages[-1]["content"]

    @property
    def digest(self) -> str:
        """Hex digest of all that decides an answer to it."""
        facts = [self.shape, self.messages, self.most_tokens]
        return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def questions_of(records: Iterable[Record], set_name: str, most_tokens: int) -> Iterator[Question]:
    """The last question of each record, with all that was said before it; what was answered is the reference."""
    for record in records:
        messages = record.conversation()
        yield Question(
            record.id, set_name, record.shape, record.task, tuple(messages[:-1]), messages[-1]["content"], most_tokens
        )


def own_questions(paths: Sequence[str], most_tokens: int) -> list[Question]:
    """The questions of a user's own files, in any shape that `read_foreign` takes.

    Raises:
        UserError: if a file is not there, has a line that can't be read or asked, or a name that is taken: the set of
            its questions is called by its name without suffix.
    """
    found: list[Question] = []
    taken = set(OWN_SETS)
    for path in map(Path, paths):
        if path.stem in taken:
            raise UserError(f"evaluate.files={path}: there is another set of questions called {path.stem}; rename it")
        taken.add(path.stem)
        reading = read_foreign(path, source=path.stem, licence="")
        for reason, places in reading.rejected.items():
            raise UserError(f"evaluate.files={path}: {len(places)} can't be asked ({reason}): {', '.join(places[:5])}")
        if not reading.records:
            raise UserError(f"evaluate.files={path}: there is no question in it")
        found += questions_of(reading.records, path.stem, most_tokens)
    return found
