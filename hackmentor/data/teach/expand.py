"""Seeds to new instructions, as in self-instruct (Wang et al. 2023, arXiv:2212.10560): show some, ask for others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hackmentor.data.hash_choice import number
from hackmentor.data.sources.seeds import Seed
from hackmentor.data.teach.prompt import fenced, made_by, prompt
from hackmentor.data.teach.teaching_job import Filled, Form, Manner, ReplyTo
from hackmentor.endpoint.completion import Ask
from hackmentor.records.record import Message, Record, to_line

SHOWN_SEEDS, SHOWN_EARLIER = 4, 1


class Item(Form):
    """One new task with its answer."""

    instruction: Filled
    input: str
    output: Filled


class Items(Form):
    """The tasks of one reply."""

    items: list[Item]


@dataclass(frozen=True)
class Expand:
    """At least `count` new iio records, `each` a question, the categories in turn.

    Questions come in `rounds`; from the second on, a question also shows a task of an earlier round, so that the
    teacher moves away from the seeds.
    """

    seeds: Sequence[Seed]
    categories: Sequence[str]
    manner: Manner
    licence: str
    count: int
    each: int
    rounds: int
    name: str = "expand"
    file: str = "records.jsonl"
    prompts: tuple[str, ...] = ("expand",)

    @property
    def total(self) -> int:
        """How many questions there are."""
        return -(-self.count // self.each)

    def asks(self, reply_to: ReplyTo) -> Iterator[Ask]:
        """The questions of each round whose earlier rounds are answered."""
        earlier: list[Item] = []
        for start, end in self._rounds():
            asks = [self._ask(place, earlier) for place in range(start, end)]
            yield from asks
            replies = [reply_to(ask) for ask in asks]
            if not all(replies):
                return
            earlier += [item for reply in replies if reply and not reply.fault for item in _items(reply.text)]

    def lines(self, reply_to: ReplyTo) -> Iterator[str]:
        """The new tasks as iio records; what one question brought stays together in the split."""
        for place, ask in enumerate(self.asks(reply_to)):
            reply = reply_to(ask)
            for index, item in enumerate(_items(reply.text) if reply and not reply.fault else ()):
                yield to_line(
                    Record(
                        id=f"{ask.id}#{index}",
                        shape="iio",
                        source="taught",
                        upstream_id=ask.id,
                        upstream_version="",
                        licence=self.licence,
                        made_by=made_by(self.manner.model, "expand"),
                        task=f"taught.{self.categories[place % len(self.categories)]}",
                        instruction=item.instruction,
                        input=item.input.strip(),
                        output=item.output,
                    )
                )

    def _rounds(self) -> Iterator[tuple[int, int]]:
        size = -(-self.total // self.rounds)
        return ((start, min(start + size, self.total)) for start in range(0, self.total, size))

    def _ask(self, place: int, earlier: Sequence[Item]) -> Ask:
        name = f"expand/{place:06d}"
        category = self.categories[place % len(self.categories)]
        shown = [(seed.instruction, seed.input, seed.answer) for seed in self._examples(name, category)]
        if earlier:
            start = number(self.manner.seed, name, "earlier")
            picked = [earlier[(start + step) % len(earlier)] for step in range(min(SHOWN_EARLIER, len(earlier)))]
            # What a model wrote earlier is foreign text like any other.
            shown += [(item.instruction, item.input, item.output) for item in picked]
        examples = fenced("\n\n".join(_example(*example) for example in shown))
        text = prompt("expand", category=category, examples=examples, each=self.each)
        message: Message = {"role": "user", "content": text}
        manner = self.manner
        return Ask(name, (message,), manner.max_tokens, manner.temperature, manner.seed_of(name), Items)

    def _examples(self, name: str, category: str) -> list[Seed]:
        """Seeds of the category first, then others, drawn by the question's name."""
        drawn = sorted(self.seeds, key=lambda seed: number(self.manner.seed, name, seed.upstream_id))
        own = [seed for seed in drawn if seed.category == category][: SHOWN_SEEDS // 2]
        others = [seed for seed in drawn if seed not in own]
        return [*own, *others][:SHOWN_SEEDS]


def _items(text: str) -> list[Item]:
    return Items.model_validate_json(text).items


def _example(instruction: str, given: str, answer: str) -> str:
    shown = f"Instruction: {instruction}\n" + (f"Input: {given}\n" if given.strip() else "")
    return f"{shown}Output: {answer}"
