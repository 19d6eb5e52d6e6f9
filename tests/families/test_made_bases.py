"""What families' tokenizers differ by, on bases made here: train, export, and the ids that the export gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hackmentor.cli import main
from hackmentor.export.served_ids import verify_served_ids
from hackmentor.model.base import load_saved_template
from hackmentor.model.tokenizer import check_tokens_have_embeddings, load_tokenizer, read_generation_stop_ids
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import EncodingReport, encode_record
from hackmentor.prompts.own_template import build_template
from hackmentor.runtime.errors import UserError
from tests.conversations import CONVERSATIONS
from tests.families import own_forms
from tests.families.made_bases import (
    make_byte_level_base,
    make_gemma_like_base,
    make_phi_like_base,
    make_sentencepiece_base,
)
from tests.families.varied_records import make_conversations, make_record

BASES: dict[str, Callable[[Path], Path]] = {
    "SentencePiece": make_sentencepiece_base,
    "SentencePiece, newer prefix space": lambda folder: make_sentencepiece_base(folder, legacy=False),
    "Phi": make_phi_like_base,
    "Gemma": make_gemma_like_base,
}


def load(folder: Path) -> ChatTemplate:
    tokenizer = load_tokenizer(folder)
    source = (folder / "chat_template.jinja").read_text()
    return build_template(tokenizer, source, read_generation_stop_ids(folder))


def train(base: Path, data: Path) -> Path:
    few = ["trainer=cpu", "quant=none", "tracker=none", "trainer.max_steps=2", "train.cutoff=512", "train.batch_size=2",
           "train.overlength=truncate", "train.validation_records=2"]  # fmt: skip
    words = [f"model={base}", "base.name=made", "size.name=1m", "data=turn", f"paths.data={data}", *few]
    assert main(["train", *words]) == 0
    return Path("outputs/adhoc/made-1m-lora-turn")


@pytest.mark.parametrize("name", BASES)
def test_an_export_gives_the_trained_ids(name: str, workplace: Path, fixed_data: Path) -> None:
    from transformers import AutoTokenizer

    base = BASES[name](workplace / "base")
    cell = train(base, fixed_data)
    assert json.loads((cell / "card.json").read_text())["data"]["dropped"] == {}
    assert main(["export", cell.name, "format=merged", "format.dtype=fp32", "export.answer_tokens=2"]) == 0
    if name == "SentencePiece":
        assert main(["export", cell.name, "format=gguf", "format.dtype=f32", "export.answer_tokens=2"]) == 0
    folder = cell / "export" / "merged-fp32"
    template, served = load_saved_template(cell / "adapter", base), AutoTokenizer.from_pretrained(folder)
    assert template is not None
    different = []
    control = [token.content for token in template.tokenizer.added_tokens_decoder.values() if token.special]
    for title, messages in CONVERSATIONS.items():
        if any(token in message["content"] for message in messages for token in control):
            continue  # text that says a control token: ours stays text, and other programs make the token of it
        for turn in range(1, len(messages), 2):
            ids = served.apply_chat_template(messages[:turn], add_generation_prompt=True, return_dict=False)
            assert load(base).encode_prompt(messages[:turn]) == template.encode_prompt(messages[:turn])
            if ids != template.encode_prompt(messages[:turn]):
                different.append(title)
    assert different == []
    stated = json.loads((folder / "generation_config.json").read_text())["eos_token_id"]
    assert stated == template.generation_stop_ids


@pytest.mark.parametrize("name", BASES)
def test_ids_are_those_of_apply_chat_template(name: str, tmp_path: Path) -> None:
    template = load(BASES[name](tmp_path / "base"))
    apply: Any = template.tokenizer.apply_chat_template
    for messages in make_conversations(40, seed=3):
        for place in range(len(messages)):
            if messages[place]["role"] == "assistant":
                ids = apply(messages[:place], add_generation_prompt=True, return_dict=False)
                assert template.encode_prompt(messages[:place]) == ids


def test_the_white_space_that_a_control_token_takes_is_counted(tmp_path: Path) -> None:
    template, report = load(make_phi_like_base(tmp_path / "base")), EncodingReport()
    talks = {
        "none": ("Who?", "I."),
        "before": ("  Who?", "I."),
        "behind": ("Who?\n", "I."),
        "answer": ("Who?", "\n I."),
    }
    for title, (user, answer) in talks.items():
        messages = [{"role": "user", "content": user}, {"role": "assistant", "content": answer}]
        encode_record(make_record(title, messages), template, report)  # type: ignore[arg-type]
    # What stands behind a message is followed by <|end|>, which takes nothing to its left.
    assert report.stripped == ["before", "answer"]


def test_a_blank_line_is_one_token_and_none_that_ends_an_answer(tmp_path: Path) -> None:
    template = load(make_gemma_like_base(tmp_path / "base"))
    token = template.tokenizer.convert_tokens_to_ids
    ids = template.encode_prompt([{"role": "user", "content": "a\n\nb <h1>"}])
    assert ids.count(token("\n\n")) == 1
    assert ids.count(token("<h1>")) == 1
    assert template.stop_token_ids == [token("<end_of_turn>")]
    assert template.generation_stop_ids == [token("<eos>"), token("<end_of_turn>")]


def test_an_export_is_checked_with_what_its_template_takes(tmp_path: Path) -> None:
    tokens = [{"content": "</s>"}]
    folder = make_byte_level_base(tmp_path / "base", own_forms.MISTRAL, tokens, stops=("</s>",), surplus=0)
    found = verify_served_ids(load(folder), folder, None)
    assert found == {"transformers": "5 prompts, ids as trained"}  # all but the one with a system message


def test_a_token_without_an_embedding_is_refused_where_a_conversation_can_have_it(tmp_path: Path) -> None:
    folder = make_gemma_like_base(tmp_path / "base")
    template = load(folder)
    check_tokens_have_embeddings(folder, template.tokenizer, template.written_token_ids)
    size = len(template.tokenizer)
    with pytest.raises(UserError, match=r"'<image_soft_token>' .* has none"):
        check_tokens_have_embeddings(folder, template.tokenizer, {size - 1})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": size - 2}))
    with pytest.raises(UserError, match=r"'<b>' .* has none"):
        check_tokens_have_embeddings(folder, template.tokenizer, template.written_token_ids)
