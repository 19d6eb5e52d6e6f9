"""Questions for the contestants, from records and from a user's files. Needs no torch."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hackmentor.config.schema import Shape
from hackmentor.records.message import has_roles, remove_thoughts, split_thought
from hackmentor.records.read.import_records import import_records
from hackmentor.records.record import Message, Record
from hackmentor.runtime.errors import UserError

log = logging.getLogger(__name__)

# The sets that this package brings: held-out data by shape, and requests.
BUILT_IN_SETS = ("iio", "turn", "harmful", "legitimate", "injection")


@dataclass(frozen=True)
class Question:
    """A conversation that ends with a user message, and a reference answer (empty if none is known).

    `set` names its origin, `shape` the chat template it is put in, `max_tokens` the limit of the answer. With a
    `temperature` the answer is drawn, and `sample` tells draws apart; without, it is the likeliest words. `cluster` is
    what it shares with questions that are not independent of it, such as their catalogue entry; it decides no answer.
    """

    id: str
    set: str
    shape: Shape
    category: str
    messages: tuple[Message, ...]
    reference: str
    max_tokens: int
    temperature: float = 0.0
    sample: int = 0
    cluster: str = ""

    @property
    def last_user_message(self) -> str:
        """The text of the last message, the user's."""
        return self.messages[-1]["content"]

    @property
    def digest(self) -> str:
        """Hex digest of everything that decides an answer to it."""
        drawn = [self.temperature, self.sample] if self.temperature else []
        fields = [self.shape, self.messages, self.max_tokens, *drawn]
        return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()


def questions_from_records(records: Iterable[Record], set_name: str, max_tokens: int) -> Iterator[Question]:
    """The last user message of each record, with the turns before it; the answer that follows is the reference.

    Thoughts are left out of both. A record with tools is not asked, which is logged: an answer may depend on a result
    that only the tool can give.
    """
    with_tools = []
    for record in records:
        messages = remove_thoughts(record.to_conversation())
        if has_roles(messages):
            with_tools.append(record.id)
            continue
        messages[-1]["content"] = split_thought(messages[-1]["content"])[1]
        yield Question(
            record.id,
            set_name,
            record.shape,
            record.task,
            tuple(messages[:-1]),
            messages[-1]["content"],
            max_tokens,
            cluster=record.upstream_id,
        )
    if with_tools:
        log.warning("%s: %d records with tools are not asked, such as %s", set_name, len(with_tools), with_tools[0])


def read_user_questions(paths: Sequence[str], max_tokens: int) -> list[Question]:
    """Reads the questions of a user's own files, in any shape that `import_records` takes.

    Raises:
        UserError: if a file doesn't exist, has a line that can't be read or asked, or a name that is taken: the set of
            its questions is named after the file, without suffix.
    """
    questions: list[Question] = []
    taken = set(BUILT_IN_SETS)
    for path in map(Path, paths):
        if path.stem in taken:
            raise UserError(
                f"evaluate.files={path}: there is another set of questions called {path.stem}; rename the file"
            )
        taken.add(path.stem)
        reading = import_records(path, source=path.stem, licence="")
        for reason, places in reading.rejected.items():
            raise UserError(f"evaluate.files={path}: {len(places)} can't be asked ({reason}): {', '.join(places[:5])}")
        if not reading.records:
            raise UserError(f"evaluate.files={path}: it has no questions")
        questions += questions_from_records(reading.records, path.stem, max_tokens)
    return questions
