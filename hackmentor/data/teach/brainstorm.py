"""Brainstorms fields of security: categories for other jobs to iterate over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hackmentor.data.teach.prompt import delimit_material, render_prompt
from hackmentor.data.teach.teaching_job import GetReply, NonEmptyText, ReplySchema, SamplingSettings
from hackmentor.endpoint.completion import CompletionRequest
from hackmentor.records.record import Message


class Categories(ReplySchema):
    """New fields."""

    categories: list[NonEmptyText]


@dataclass(frozen=True)
class BrainstormGenerator:
    """Asks for `items_per_request` new fields at a time until there are `count`, and shows the known ones each time."""

    known_categories: Sequence[str]
    sampling: SamplingSettings
    count: int
    items_per_request: int
    name: str = "brainstorm"
    result_file: str = "categories.txt"
    prompt_names: tuple[str, ...] = ("brainstorm",)

    @property
    def max_requests(self) -> int:
        """The number of requests if every reply brings only new fields."""
        return -(-self.count // self.items_per_request)

    def iter_requests(self, get_reply: GetReply) -> Iterator[CompletionRequest]:
        """The requests up to the first unanswered one: each shows the fields of the replies before it."""
        return (request for request, _ in self._iter_requests_with_fields(get_reply))

    def iter_result_lines(self, get_reply: GetReply) -> Iterator[str]:
        """Every field once, the known ones first."""
        found = list(self.known_categories)
        for _, found in self._iter_requests_with_fields(get_reply):  # noqa: B007 - the last one is wanted
            pass
        return iter(found)

    def _iter_requests_with_fields(self, get_reply: GetReply) -> Iterator[tuple[CompletionRequest, list[str]]]:
        fields = {_normalise_category(name): name for name in self.known_categories}
        for place in range(self.max_requests):
            request = self._build_request(place, list(fields.values()))
            reply = get_reply(request)
            if reply and not reply.fault:
                for name in Categories.model_validate_json(reply.text).categories:
                    fields.setdefault(_normalise_category(name), name.lower())
            yield request, list(fields.values())
            if reply is None or len(fields) >= len(self.known_categories) + self.count:
                return

    def _build_request(self, place: int, fields: Sequence[str]) -> CompletionRequest:
        name, sampling = f"brainstorm/{place:06d}", self.sampling
        content = render_prompt("brainstorm", known=delimit_material("\n".join(fields)), each=self.items_per_request)
        message: Message = {"role": "user", "content": content}
        return CompletionRequest(
            name, (message,), sampling.max_tokens, sampling.temperature, sampling.derive_seed(name), Categories
        )


def _normalise_category(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").split())
