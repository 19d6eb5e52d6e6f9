"""The records of a cell as steps: what is said when none is left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template
from hackmentor.records.record import format_json_line, read_records
from hackmentor.runtime.errors import UserError
from hackmentor.train.datamodule import RecordsDataModule


def build_module(tiny_llama: Path, train: Path, held_out: Path) -> RecordsDataModule:
    template = ChatTemplate(load_tokenizer(tiny_llama), load_template("chatml", None))
    return RecordsDataModule(
        train, held_out, template, batch_size=2, micro_batch_tokens=256, cutoff=256, overlength="drop",
        max_records=None, validation_records=1, epochs=1, max_steps=-1, seed=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("side", "said"),
    [
        ("train", "none of 1 records is left to train on; raise train.cutoff=256"),
        ("eval", "none of the 1 held-out records that the loss is measured on has its answer within train.cutoff=256"),
    ],
)
def test_no_answer_within_the_cutoff_is_said_of_its_side(
    tiny_llama: Path, fixed_data: Path, tmp_path: Path, side: str, said: str
) -> None:
    files = {name: fixed_data / "iio" / f"{name}.jsonl" for name in ("train", "eval")}
    long = replace(read_records(files[side])[0], input="Yes. " * 400)
    files[side] = tmp_path / "long.jsonl"
    files[side].write_text(format_json_line(long) + "\n")
    with pytest.raises(UserError, match=said):
        build_module(tiny_llama, files["train"], files["eval"])
