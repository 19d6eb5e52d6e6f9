"""Turns texts into dialogues: one side asks without knowing the text, the other answers from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hackmentor.data.teach.prompt import delimit_material, format_made_by, render_prompt
from hackmentor.data.teach.source_texts import SourceText
from hackmentor.data.teach.teaching_job import GetReply, NonEmptyText, ReplySchema, SamplingSettings
from hackmentor.endpoint.completion import CompletionRequest
from hackmentor.records.record import Message, Record, format_json_line


class Turn(ReplySchema):
    """One question and its answer."""

    question: NonEmptyText
    answer: NonEmptyText


class Turns(ReplySchema):
    """A dialogue."""

    turns: list[Turn]


@dataclass(frozen=True)
class DialogueGenerator:
    """Generates one dialogue of about `turns` questions for each text."""

    texts: Sequence[SourceText]
    sampling: SamplingSettings
    turns: int
    name: str = "dialogues"
    result_file: str = "records.jsonl"
    prompt_names: tuple[str, ...] = ("dialogue",)

    @property
    def max_requests(self) -> int:
        """One request per text."""
        return len(self.texts)

    def iter_requests(self, get_reply: GetReply) -> Iterator[CompletionRequest]:
        """One request per text."""
        return map(self._build_request, self.texts)

    def iter_result_lines(self, get_reply: GetReply) -> Iterator[str]:
        """The dialogues as turn records, each with the upstream id and licence of its text."""
        for text in self.texts:
            reply = get_reply(self._build_request(text))
            turns = Turns.model_validate_json(reply.text).turns if reply and not reply.fault else []
            if turns:
                yield format_json_line(self._build_record(text, turns))

    def _build_request(self, text: SourceText) -> CompletionRequest:
        name, sampling = f"dialogues/{text.source}/{text.upstream_id}", self.sampling
        content = render_prompt("dialogue", title=text.title, material=delimit_material(text.body), turns=self.turns)
        message: Message = {"role": "user", "content": content}
        return CompletionRequest(
            name, (message,), sampling.max_tokens, sampling.temperature, sampling.derive_seed(name), Turns
        )

    def _build_record(self, text: SourceText, turns: Sequence[Turn]) -> Record:
        messages: list[Message] = []
        for turn in turns:
            messages += [{"role": "user", "content": turn.question}, {"role": "assistant", "content": turn.answer}]
        return Record(
            id=f"dialogues/{text.source}/{text.upstream_id}",
            shape="turn",
            source="taught",
            upstream_id=text.upstream_id,
            upstream_version=text.upstream_version,
            licence=text.licence,
            made_by=format_made_by(self.sampling.model, "dialogue"),
            task="taught.dialogue",
            messages=tuple(messages),
        )
