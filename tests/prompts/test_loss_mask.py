"""The check of the loss mask: it passes real records under every template, and finds each way to break a mask."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import encode_records
from hackmentor.prompts.example import Example
from hackmentor.prompts.loss_mask import check_loss_mask
from hackmentor.prompts.templates import list_templates, load_template
from hackmentor.prompts.token_stats import TokenStats, compute_token_stats
from hackmentor.records.record import read_records
from hackmentor.runtime.errors import UserError

STOP = 2


@pytest.mark.parametrize("shape", ["iio", "turn"])
@pytest.mark.parametrize("name", list_templates())
def test_it_holds_on_real_records(name: str, shape: str, tiny_llama: Path, small_data: Path) -> None:
    template = ChatTemplate(load_tokenizer(tiny_llama), load_template(name, None))
    records = read_records(small_data / shape / "train.jsonl")
    examples, report = encode_records(records, template, cutoff=1_000_000, overlength="error")
    assert report.mask == compute_token_stats(examples, template.stop_token_ids)
    assert (report.mask.examples, report.mask.ended, report.mask.end_cut) == (len(records), len(records), 0)
    assert 0 < report.mask.shortest <= report.mask.median <= report.mask.longest


def test_what_a_cut_takes_is_counted(tiny_llama: Path, small_data: Path) -> None:
    template = ChatTemplate(load_tokenizer(tiny_llama), load_template("chatml", None))
    records = read_records(small_data / "iio" / "train.jsonl")
    _, report = encode_records(records, template, cutoff=300, overlength="truncate")
    # An iio record ends with its answer's end and a line break: whatever is cut has lost the first, or just the second.
    assert report.mask is not None
    assert 0 < report.mask.end_cut <= len(report.truncated)
    assert report.mask.ended + report.mask.end_cut == report.kept


def test_the_figures() -> None:
    whole = Example("a", [5, 6, 7, STOP, 8, 9, STOP], [False, True, True, True, False, True, True])
    cut = Example("b", [5, 6, 7], [False, True, True])
    found = compute_token_stats([whole, cut], [STOP])
    expected = {"examples": 2, "tokens": 10, "trained_tokens": 7, "shortest": 2, "median": 2, "longest": 5}
    assert found == TokenStats(**expected, ended=1, end_cut=1)
    assert found.to_metrics()["mask/ended_share"] == 0.5
    assert found.to_metrics()["mask/trained_share"] == 0.7


BROKEN = {
    "nothing is trained on": (Example("r", [5, 6, STOP], [False] * 3), [[5]], "record r: the template marks nothing"),
    "the prompt is trained on": (
        Example("r", [5, 6, 7, STOP], [False, True, True, True]),
        [[5, 6]],
        "turn 1 of the assistant: what is trained on does not begin where the prompt ends",
    ),
    "another prompt than in use": (
        Example("r", [5, 6, 7, STOP], [False, False, True, True]),
        [[5, 9]],
        "turn 1 of the assistant: what is trained on does not begin where the prompt ends",
    ),
    "no end": (Example("r", [5, 6, 7], [False, True, True]), [[5]], "turn 1 .*: its end is not trained on"),
    "a turn is missing": (Example("r", [5, 6, STOP], [False, True, True]), [[5], [5, 6, STOP]], "2 turns .* marks 1"),
}  # fmt: skip


@pytest.mark.parametrize(("example", "prompts", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_each_fault_is_named_with_the_record(example: Example, prompts: list[list[int]], expected: str) -> None:
    with pytest.raises(UserError, match=expected):
        check_loss_mask(example, prompts, [STOP])


def test_a_template_that_leaves_the_end_out_is_refused(tiny_llama: Path, small_data: Path) -> None:
    source = load_template("chatml", None).replace("<|im_end|>{% endgeneration %}", "{% endgeneration %}<|im_end|>")
    template = ChatTemplate(load_tokenizer(tiny_llama), source)
    records = read_records(small_data / "iio" / "train.jsonl")
    with pytest.raises(UserError, match="would never stop"):
        encode_records(records, template, cutoff=1024, overlength="truncate")


def test_a_template_that_marks_the_prompt_is_refused(tiny_llama: Path, small_data: Path) -> None:
    source = load_template("chatml", None).replace("assistant\n{% generation %}", "{% generation %}assistant\n")
    template = ChatTemplate(load_tokenizer(tiny_llama), source)
    records = read_records(small_data / "iio" / "train.jsonl")
    with pytest.raises(UserError, match="does not begin where the prompt ends"):
        encode_records(records, template, cutoff=1024, overlength="truncate")
