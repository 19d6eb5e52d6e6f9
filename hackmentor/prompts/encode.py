"""Encodes records as examples: tokens and loss mask, cut to the cutoff. Everything left out is counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.chunk_dialogue import chunk_dialogue, split_into_exchanges
from hackmentor.prompts.example import Example
from hackmentor.prompts.loss_mask import check_loss_mask, find_trained_spans
from hackmentor.prompts.role_template import RoleTemplate, choose_template, collect_stop_ids
from hackmentor.prompts.roles import prepare_record
from hackmentor.prompts.token_stats import TokenStats, compute_token_stats
from hackmentor.records.record import Message, Record
from hackmentor.runtime.errors import UserError

# What is done with a record over the cutoff; see `apply_cutoff`.
OverlengthPolicy = Literal["drop", "truncate", "split", "error"]


@dataclass
class EncodingReport:
    """How many records were kept, and which were dropped, truncated or split, by id.

    `kept` counts records of which something is left, as one example or, if they are in `split`, as several: split at
    the cutoff, or into turns (`split_into_turns`). `left_out` counts the exchanges of split records that are in none of
    their examples. `stripped` are the records in which the template took white space away that a message began or ended
    with; `without_thoughts` those whose thoughts are left out (train.thoughts=drop). `mask` has the token counts of all
    examples. The report is stored with cached examples under these names.
    """

    kept: int = 0
    dropped: dict[str, list[str]] = field(default_factory=dict)
    truncated: list[str] = field(default_factory=list)
    split: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    mask: TokenStats | None = None
    stripped: list[str] = field(default_factory=list)
    without_thoughts: list[str] = field(default_factory=list)

    @property
    def tokens(self) -> int:
        """The tokens of all examples."""
        return self.mask.tokens if self.mask else 0

    @property
    def trained_tokens(self) -> int:
        """The tokens of all examples that have a loss."""
        return self.mask.trained_tokens if self.mask else 0

    def count_dropped(self, reason: str, record_id: str) -> None:
        """Counts one record that is not trained on."""
        self.dropped.setdefault(reason, []).append(record_id)


class NoRecordLeftError(UserError):
    """No record has a token with a loss within the cutoff."""


def encode_records(
    records: Sequence[Record], template: ChatTemplate, *, cutoff: int, overlength: OverlengthPolicy
) -> tuple[list[Example], EncodingReport]:
    """Encodes every record, checks its loss mask, and applies the cutoff (tokens a record).

    Raises:
        UserError: if the mask of a record is wrong (`check_loss_mask`), if a record is over the cutoff and
            overlength=error, both with its id.
        NoRecordLeftError: if no record is left.
    """
    report, examples = EncodingReport(), list[Example]()
    template.check_turn_end()
    for record in records:
        parts = list[Example]()
        for turn in split_into_turns(record, template, report):
            made = apply_cutoff(turn, encode_record(turn, template, report), template, cutoff, overlength, report)
            if made and turn.id != record.id:
                report.split[record.id] = report.split.get(record.id, 0) + 1
            parts += made
        report.kept += bool(parts)
        examples += parts
    if not examples:
        raise NoRecordLeftError(f"none of {len(records)} records is left to train on; raise train.cutoff={cutoff}")
    report.mask = compute_token_stats(examples, collect_stop_ids(template))
    return examples, report


def split_into_turns(record: Record, template: ChatTemplate, report: EncodingReport | None = None) -> list[Record]:
    """The record alone; or one for each turn, up to it, where the template writes earlier turns otherwise.

    What `template.role_policy` leaves out of it is left out before, and counted in the report; then there may be none.

    Raises:
        UserError: with its id, if the template refuses it.
    """
    prepared = prepare_record(record, template.role_policy)
    if report is not None and prepared.without_thoughts:
        report.without_thoughts.append(record.id)
    if prepared.record is None:
        if report is not None:
            report.count_dropped(prepared.left_out, record.id)
        return []
    record = prepared.record
    messages = record.to_weighted_conversation()
    with _record_named(record.id):
        parts = choose_template(template, messages).split_into_trainable(messages)
    if len(parts) == 1 and len(parts[0]) == len(messages):
        return [record]
    return [
        replace(
            record,
            id=f"{record.id}#turn{number}",
            shape="turn",
            instruction="",
            input="",
            output="",
            messages=tuple(part),
        )
        for number, part in enumerate(parts, start=1)
        if _is_trained(part[-1])
    ]


@contextmanager
def _record_named(record_id: str) -> Iterator[None]:
    """Puts the id of the record before what the template says against it."""
    try:
        yield
    except UserError as error:
        raise UserError(f"record {record_id}: {error}") from error


def encode_record(record: Record, template: ChatTemplate, report: EncodingReport | None = None) -> Example:
    """Encodes one record, whole, and counts in the report if the template stripped white space from its messages.

    Where `split_into_turns` makes several of it, only the last turn of the whole is trained on.

    Raises:
        UserError: with its id if its loss mask is wrong.
    """
    return _encode_conversation(record.id, record.to_weighted_conversation(), template, report)


def _encode_conversation(
    example_id: str, messages: Sequence[Message], template: ChatTemplate, report: EncodingReport | None = None
) -> Example:
    """One conversation as tokens. An answer of weight 0 is context: it is in the tokens and not in the loss."""
    template = choose_template(template, messages)
    with _record_named(example_id):
        encoded = template.encode(messages)
        turns = template.list_trained_turns(messages)
        prompts = [template.encode_prompt(template.get_prompt_messages(messages, place)) for place in turns]
    if encoded.stripped and report is not None:
        report.stripped.append(example_id)
    example = Example(example_id, encoded.input_ids, encoded.trained)
    check_loss_mask(example, prompts, template.stop_token_ids)
    for place, (start, end) in zip(turns, list(find_trained_spans(example)), strict=True):
        if messages[place].get("weight") == 0:
            example.trained[start:end] = [False] * (end - start)
        elif messages[place].get("thought_weight") == 0 and isinstance(template, RoleTemplate):
            with _record_named(example_id):
                thought_end = template.find_thought_end(messages, place, example.input_ids, start)
            example.trained[start:thought_end] = [False] * (thought_end - start)
    return example


def apply_cutoff(
    record: Record,
    example: Example,
    template: ChatTemplate,
    cutoff: int,
    overlength: OverlengthPolicy,
    report: EncodingReport,
) -> list[Example]:
    """The examples that are left of a record at a cutoff, possibly none; counts in the report what is left out.

    Args:
        record: from which the parts are encoded if it is split.
        example: the whole record as tokens.
        template: with which it was encoded.
        cutoff: the maximum number of tokens of an example.
        overlength: what is done with a record over the cutoff.
        report: receives the counts; `kept` is left to the caller.

    Raises:
        UserError: if it is over the cutoff and overlength=error; with its id.
    """
    if len(example.input_ids) <= cutoff:
        return [example]
    if overlength == "error":
        raise UserError(
            f"record {example.id} has {len(example.input_ids)} tokens, over train.cutoff={cutoff}; "
            "raise it or set train.overlength"
        )
    if overlength == "split":
        return _split_record(record, template, cutoff, report)
    if overlength == "drop":
        report.count_dropped("over the cutoff", example.id)
        return []
    if (truncated := truncate_example(example, cutoff)) is None:
        report.count_dropped("nothing to train on before the cutoff", example.id)
        return []
    report.truncated.append(example.id)
    return [truncated]


def truncate_example(example: Example, cutoff: int) -> Example | None:
    """The first `cutoff` tokens of an example, or None if none of them has a loss."""
    truncated = Example(example.id, example.input_ids[:cutoff], example.trained[:cutoff])
    return truncated if truncated.trained_tokens else None


def _split_record(record: Record, template: ChatTemplate, cutoff: int, report: EncodingReport) -> list[Example]:
    messages = record.to_weighted_conversation()
    template = choose_template(template, messages)
    if len(template.list_trained_turns(messages)) < sum(message["role"] == "assistant" for message in messages):
        return _keep_last_exchanges(record, template, cutoff, report)
    chunks, left_out = chunk_dialogue(messages, template, cutoff)
    trained = [chunk for chunk in chunks if any(_is_trained(message) for message in chunk)]
    # A part with answers of weight 0 only is context for nothing.
    left_out += sum(message["role"] == "user" for chunk in chunks if chunk not in trained for message in chunk)
    if not trained:
        report.count_dropped("every exchange is over the cutoff", record.id)
        return []
    report.split[record.id] = len(trained)
    if left_out:
        report.left_out[record.id] = left_out
    return [
        _encode_conversation(f"{record.id}#{number}", chunk, template) for number, chunk in enumerate(trained, start=1)
    ]


def _is_trained(message: Message) -> bool:
    return message["role"] == "assistant" and message.get("weight") != 0


def _keep_last_exchanges(record: Record, template: ChatTemplate, cutoff: int, report: EncodingReport) -> list[Example]:
    """The record's last turn, the only one that is trained on, with as many exchanges before it as the cutoff takes."""
    exchanges = split_into_exchanges(record.to_weighted_conversation())
    system = [message for message in exchanges[0] if message["role"] == "system"]
    for first in range(1, len(exchanges)):
        later = [message for exchange in exchanges[first:] for message in exchange if message["role"] != "system"]
        example = _encode_conversation(record.id, [*system, *later], template)
        if len(example.input_ids) <= cutoff:
            report.left_out[record.id] = first
            return [example]
    report.count_dropped("every exchange is over the cutoff", record.id)
    return []
