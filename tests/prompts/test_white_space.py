"""White space around messages: the template has its way, what is lost is counted, what is joined is known."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from tokenizers import AddedToken

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import EncodingReport, encode_record, encode_records, split_into_turns
from hackmentor.prompts.loss_mask import find_trained_spans
from hackmentor.prompts.own_template import build_template
from tests.prompts.own_templates import CHATML, LLAMA3, make_tokenizer
from tests.prompts.test_own_template import own, record, talk

# With marks, and as Qwen's templates do: line breaks before an answer are taken away, spaces are not.
MARKED = """\
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' }}
    {%- if message.role == 'assistant' %}
        {%- generation %}{{- message.content.lstrip('\\n') + '<|im_end|>' }}{%- endgeneration %}
    {%- else %}{{- message.content + '<|im_end|>' }}
    {%- endif %}
    {{- '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
"""


def join_line_breaks() -> ChatTemplate:
    """A template whose tokenizer has one token for two line breaks, as most have."""
    tokenizer = copy.deepcopy(make_tokenizer(CHATML))
    tokenizer.add_tokens([AddedToken("\n\n", special=False, normalized=False)])
    return build_template(tokenizer, CHATML)


def apply(template: ChatTemplate, messages: Any, **how: Any) -> Any:
    tokenizer = template.tokenizer
    return tokenizer.apply_chat_template(messages, chat_template=template.source, return_dict=False, **how)


@pytest.mark.parametrize("answer", ["I.", "\n\nI.", "  I. ", "\n  I.\n"])
def test_a_template_that_strips_line_breaks_alone_is_followed(answer: str) -> None:
    template = build_template(make_tokenizer(MARKED), MARKED)
    messages, report = talk(" Who?\n", answer), EncodingReport()
    found = encode_record(record(messages), template, report)
    assert template.tokenizer.decode(found.input_ids) == template.tokenizer.decode(apply(template, messages))
    assert report.stripped == (["r"] if answer.startswith("\n") else [])


@pytest.mark.parametrize(("text", "stripped"), [(LLAMA3, ["r"]), (CHATML, [])], ids=["llama3", "chatml"])
def test_a_template_without_marks_counts_what_it_strips(text: str, stripped: list[str]) -> None:
    report = EncodingReport()
    # Llama 3's template writes two line breaks before each message, so that one more would not show in the text.
    encode_record(record(talk("\nWho?", "I.")), own(text), report)
    assert report.stripped == stripped
    encode_record(record(talk("Who?", "I.")), own(text), report)
    assert report.stripped == stripped


def test_an_answer_that_joins_its_prompt_is_trained_on_apart_and_seen_joined() -> None:
    template = join_line_breaks()
    messages = talk("Who?", "I.", "Why?", "\nSo.", "How?", "Thus.")
    joined = apply(template, messages[:4])
    assert joined[: len(template.encode_prompt(messages[:3]))] != template.encode_prompt(messages[:3])
    examples, report = encode_records([record(messages)], template, cutoff=200, overlength="drop")
    assert report.split == {"r": 3}
    said = []
    for example, turn in zip(examples, split_into_turns(record(messages), template), strict=True):
        prompt = apply(template, turn.to_conversation()[:-1], add_generation_prompt=True)
        assert example.input_ids[: len(prompt)] == prompt
        # Each turn is trained on in one example, though the first two would also keep the turns before.
        ((start, end),) = find_trained_spans(example)
        assert start == len(prompt)
        said.append(template.tokenizer.decode(example.input_ids[start:end]))
    assert said == ["I.<|im_end|>", "\nSo.<|im_end|>", "Thus.<|im_end|>"]


def test_the_last_answer_may_join_its_prompt() -> None:
    template = join_line_breaks()
    messages = talk("Who?", "I.", "Why?", "\nSo.")
    assert split_into_turns(record(messages), template) == [record(messages)]
    assert len(list(find_trained_spans(encode_record(record(messages), template)))) == 2
