"""Generates new instructions from seeds, as in self-instruct (Wang et al. 2023, arXiv:2212.10560)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hackmentor.data.hash_choice import hash_to_int
from hackmentor.data.sources.seeds import Seed
from hackmentor.data.teach.prompt import delimit_material, format_made_by, render_prompt
from hackmentor.data.teach.teaching_job import GetReply, NonEmptyText, ReplySchema, SamplingSettings
from hackmentor.endpoint.completion import CompletionRequest
from hackmentor.records.record import Message, Record, format_json_line

SHOWN_SEEDS, SHOWN_EARLIER = 4, 1


class Item(ReplySchema):
    """One new task with its answer."""

    instruction: NonEmptyText
    input: str
    output: NonEmptyText


class Items(ReplySchema):
    """The tasks of one reply."""

    items: list[Item]


@dataclass(frozen=True)
class InstructionGenerator:
    """Generates at least `count` new iio records, `items_per_request` at a time, cycling through the categories.

    Requests come in `rounds`; from the second on, a request also shows a task of an earlier round, so that the
    teacher moves away from the seeds.
    """

    seeds: Sequence[Seed]
    categories: Sequence[str]
    sampling: SamplingSettings
    licence: str
    count: int
    items_per_request: int
    rounds: int
    name: str = "expand"
    result_file: str = "records.jsonl"
    prompt_names: tuple[str, ...] = ("expand",)

    @property
    def max_requests(self) -> int:
        """The number of requests."""
        return -(-self.count // self.items_per_request)

    def iter_requests(self, get_reply: GetReply) -> Iterator[CompletionRequest]:
        """The requests of each round whose earlier rounds are answered."""
        earlier: list[Item] = []
        for start, end in self._iter_rounds():
            requests = [self._build_request(place, earlier) for place in range(start, end)]
            yield from requests
            replies = [get_reply(request) for request in requests]
            if not all(replies):
                return
            earlier += [item for reply in replies if reply and not reply.fault for item in _parse_items(reply.text)]

    def iter_result_lines(self, get_reply: GetReply) -> Iterator[str]:
        """The new tasks as iio records; those of one reply stay on the same side of the split."""
        for place, request in enumerate(self.iter_requests(get_reply)):
            reply = get_reply(request)
            for index, item in enumerate(_parse_items(reply.text) if reply and not reply.fault else ()):
                yield format_json_line(
                    Record(
                        id=f"{request.id}#{index}",
                        shape="iio",
                        source="taught",
                        upstream_id=request.id,
                        upstream_version="",
                        licence=self.licence,
                        made_by=format_made_by(self.sampling.model, "expand"),
                        task=f"taught.{self.categories[place % len(self.categories)]}",
                        instruction=item.instruction,
                        input=item.input.strip(),
                        output=item.output,
                    )
                )

    def _iter_rounds(self) -> Iterator[tuple[int, int]]:
        size = -(-self.max_requests // self.rounds)
        return ((start, min(start + size, self.max_requests)) for start in range(0, self.max_requests, size))

    def _build_request(self, place: int, earlier: Sequence[Item]) -> CompletionRequest:
        name = f"expand/{place:06d}"
        category = self.categories[place % len(self.categories)]
        shown = [(seed.instruction, seed.input, seed.answer) for seed in self._select_examples(name, category)]
        if earlier:
            start = hash_to_int(self.sampling.seed, name, "earlier")
            picked = [earlier[(start + step) % len(earlier)] for step in range(min(SHOWN_EARLIER, len(earlier)))]
            # What a model wrote earlier is untrusted text like any other.
            shown += [(item.instruction, item.input, item.output) for item in picked]
        examples = delimit_material("\n\n".join(_format_example(*example) for example in shown))
        text = render_prompt("expand", category=category, examples=examples, each=self.items_per_request)
        message: Message = {"role": "user", "content": text}
        sampling = self.sampling
        return CompletionRequest(
            name, (message,), sampling.max_tokens, sampling.temperature, sampling.derive_seed(name), Items
        )

    def _select_examples(self, name: str, category: str) -> list[Seed]:
        """Seeds of the category first, then others, chosen by the hash of the request's name."""
        shuffled = sorted(self.seeds, key=lambda seed: hash_to_int(self.sampling.seed, name, seed.upstream_id))
        same_category = [seed for seed in shuffled if seed.category == category][: SHOWN_SEEDS // 2]
        others = [seed for seed in shuffled if seed not in same_category]
        return [*same_category, *others][:SHOWN_SEEDS]


def _parse_items(text: str) -> list[Item]:
    return Items.model_validate_json(text).items


def _format_example(instruction: str, input_text: str, answer: str) -> str:
    shown = f"Instruction: {instruction}\n" + (f"Input: {input_text}\n" if input_text.strip() else "")
    return f"{shown}Output: {answer}"
