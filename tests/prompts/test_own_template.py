"""A base's own template as it is: the ids of apply_chat_template, the mask derived, nothing forged, history honest."""

from __future__ import annotations

from datetime import date

import pytest

from hackmentor.prompts.encode import encode_record, encode_records, split_into_turns
from hackmentor.prompts.own_template import OwnTemplate, build_template, choose_marks, has_marks, remove_marks
from hackmentor.prompts.template_source import write_arguments
from hackmentor.records.record import Message, Record
from hackmentor.runtime.errors import UserError
from tests.prompts.own_templates import (
    CHATML,
    FAMILIES,
    GEMMA,
    LLAMA3,
    MISTRAL,
    QWEN3,
    R1,
    list_official,
    make_tokenizer,
)

DAY = date(2025, 7, 8)
# What real records hold: blank lines, code, indentation, white space around, other scripts, Jinja.
TEXTS = [
    "What is SQL injection?", "It is a flaw.\n\nValidate input.", "  indented\n    code()\n"
    "日本語 — émoji 🔒 \u00a0", "{{ 7 * 7 }} {% if x %}", "a\r\nb\tc", "USER: who? ASSISTANT: I.",
]  # fmt: skip


def talk(*texts: str, system: str | None = None) -> list[Message]:
    said: list[Message] = [] if system is None else [{"role": "system", "content": system}]
    return [*said, *({"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(texts))]


def record(messages: list[Message]) -> Record:
    return Record(
        id="r", shape="turn", source="s", upstream_id="u", upstream_version="1", licence="l", made_by="t", task="t",
        messages=tuple(messages),
    )  # fmt: skip


def own(text: str, **arguments: object) -> OwnTemplate:
    source = write_arguments(text, arguments=arguments, today=DAY, system_prompt=None)
    template = build_template(make_tokenizer(text), source)
    assert isinstance(template, OwnTemplate)
    return template


def trained_texts(template: OwnTemplate, messages: list[Message]) -> list[str]:
    """What is trained on in each example that is made of a conversation."""
    found = []
    for turn in split_into_turns(record(messages), template):
        example = encode_record(turn, template)
        ids = [index for index, trained in zip(example.input_ids, example.trained, strict=True) if trained]
        found.append(template.tokenizer.decode(ids))
    return found


@pytest.mark.parametrize("text", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_ids_are_those_of_apply_chat_template(text: str, turns: int) -> None:
    template = own(text)
    for first in range(len(TEXTS)):
        texts = [TEXTS[(first + place) % len(TEXTS)] for place in range(2 * turns)]
        for system in (None, "Be brief. "):
            if system and text == MISTRAL:
                continue
            messages = talk(*texts, system=system)
            apply = lambda given, prompt: template.tokenizer.apply_chat_template(  # noqa: E731
                given, chat_template=template.source, add_generation_prompt=prompt, return_dict=False
            )
            assert template.encode(messages).input_ids == apply(messages, False)
            assert template.encode_prompt(messages[:-1]) == apply(messages[:-1], True)


ENDS = {"chatml": "<|im_end|>", "llama3": "<|eot_id|>", "gemma": "<end_of_turn>", "mistral": "</s>"}


@pytest.mark.parametrize("name", ENDS)
def test_the_mask_covers_each_answer_and_its_end(name: str) -> None:
    template, end = own(FAMILIES[name]), ENDS[name]
    (said,) = trained_texts(template, talk("Who?", "I.", "Why?", "So."))
    assert said.replace(" ", "") == f"I.{end}So.{end}"
    assert template.tokenizer.decode(template.stop_token_ids) == end


def test_a_template_that_rewrites_history_makes_an_example_of_each_turn() -> None:
    template = own(QWEN3)
    assert trained_texts(template, talk("Who?", "I.", "Why?", "So.")) == [
        "<think>\n\n</think>\n\nI.<|im_end|>",
        "<think>\n\n</think>\n\nSo.<|im_end|>",
    ]
    examples, report = encode_records(
        [record(talk("Who?", "I.", "Why?", "So."))], template, cutoff=99, overlength="drop"
    )
    assert [example.id for example in examples] == ["r#turn1", "r#turn2"]
    assert (report.kept, report.split) == (1, {"r": 2})
    # The later turn is trained on behind what the template makes of the earlier one.
    assert template.tokenizer.decode(examples[1].input_ids).count("<think>") == 1


def test_only_the_last_answer_ends_the_way_it_is_generated() -> None:
    said = trained_texts(own(FAMILIES["gpt-oss"]), talk("Who?", "I.", "Why?", "So."))
    assert said == [f"<|channel|>final<|message|>{answer}<|return|>" for answer in ("I.", "So.")]


def test_arguments_of_the_template_count() -> None:
    template = own(QWEN3, enable_thinking=False)
    assert trained_texts(template, talk("Who?", "I.", "Why?", "So.")) == ["I.<|im_end|>", "So.<|im_end|>"]
    assert template.tokenizer.decode(template.encode_prompt(talk("Who?"))).endswith("<think>\n\n</think>\n\n")


def test_over_the_cutoff_a_rewritten_dialogue_keeps_its_last_exchanges() -> None:
    long = record(talk("Who are you? " * 20, "I.", "Why?", "So.", "How?", "Thus."))
    _, report = encode_records([long], own(QWEN3), cutoff=60, overlength="split")
    assert report.dropped == {"every exchange is over the cutoff": ["r#turn1"]}
    assert report.left_out == {"r#turn2": 1, "r#turn3": 1}
    assert report.split == {"r": 2}


def test_a_prompt_that_the_text_does_not_follow_is_refused_with_the_turn() -> None:
    with pytest.raises(UserError, match=r"record r: turn 1 of the assistant: .*<think>.*base\.templates"):
        encode_records([record(talk("Who?", "I."))], own(R1), cutoff=99, overlength="drop")


def test_a_message_that_the_template_leaves_out_is_refused() -> None:
    silent = CHATML.replace("for message in messages", "for message in messages if message.role != 'system'")
    with pytest.raises(UserError, match="record r: the chat template leaves out message 1, of the system"):
        encode_records([record(talk("Who?", "I.", system="Be brief."))], own(silent), cutoff=99, overlength="drop")


def test_what_the_template_refuses_is_said_with_the_record() -> None:
    with pytest.raises(UserError, match=r"record r: .* refuses messages of system, user, assistant: only user and ass"):
        encode_record(record(talk("Who?", "I.", system="Be brief.")), own(MISTRAL))
    with pytest.raises(UserError, match="roles must alternate"):
        own(GEMMA).encode_prompt([*talk("Who?"), *talk("Who?")])


def test_a_turn_without_an_end_is_refused() -> None:
    with pytest.raises(UserError, match="no special token at its end"):
        own(CHATML.replace("<|im_end|>", "")).encode(talk("Who?", "I."))


@pytest.mark.parametrize("text", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize("form", ["{}", "Hi{}\n{}", "{}{} there {}", "<{}>"])
def test_content_forges_no_control_token(text: str, form: str) -> None:
    template = own(text)
    markers = [token.content for token in template.tokenizer.added_tokens_decoder.values()]
    for marker in markers:
        forged = form.format(marker, marker, marker)
        controls = [
            [index for index in template.encode(talk(said, said)).input_ids if index in template.control_token_ids]
            for said in ("Hi", forged)
        ]
        assert controls[0] == controls[1]


def test_the_date_is_written_into_the_template() -> None:
    assert "08 Jul 2025" in own(LLAMA3).tokenizer.decode(own(LLAMA3).encode_prompt(talk("Who?")))
    assert "1 May" in own(LLAMA3, date_string="1 May").tokenizer.decode(
        own(LLAMA3, date_string="1 May").encode_prompt(talk("Who?"))
    )
    with pytest.raises(UserError, match=r"base\.template_date=YYYY-MM-DD"):
        write_arguments(LLAMA3, arguments={}, today=None, system_prompt=None)


def test_the_system_prompt_of_the_base_yields_to_one_in_the_conversation() -> None:
    text = 'Be "brief" 🔒 {{ x }} %}'
    source = write_arguments(CHATML, arguments={}, today=None, system_prompt=text)
    template = build_template(make_tokenizer(CHATML), source)
    decoded = template.tokenizer.decode(template.encode_prompt(talk("Who?")))
    assert decoded.startswith(f"<|im_start|>system\n{text}<|im_end|>\n<|im_start|>user")
    assert "brief" not in template.tokenizer.decode(template.encode_prompt(talk("Who?", system="Be long.")))


def test_without_arguments_the_template_is_as_it_is() -> None:
    assert write_arguments(QWEN3, arguments={}, today=DAY, system_prompt=None) == QWEN3


def test_marks_count_where_they_are_right_and_are_derived_where_they_are_not() -> None:
    start = "{%- generation %}{{- '<|im_start|>' }}{{- message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    wrong = CHATML.replace(
        "    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}\n",
        f"{{%- if message.role == 'assistant' %}}{start}{{%- endgeneration %}}"
        "{%- else %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endif %}\n",
    )
    assert has_marks(wrong)
    tokenizer = make_tokenizer(CHATML)
    derived = build_template(tokenizer, choose_marks(tokenizer, wrong))
    assert isinstance(derived, OwnTemplate)
    assert derived.encode(talk("Who?", "I.")) == own(CHATML).encode(talk("Who?", "I."))
    right = wrong.replace(
        "{%- generation %}{{- '<|im_start|>' }}{{- message.role + '\\n' + message.content",
        "{{- '<|im_start|>assistant\\n' }}{%- generation %}{{- message.content",
    )
    right = right.replace("'<|im_end|>\\n' }}{%- endgeneration %}", "'<|im_end|>' }}{%- endgeneration %}{{- '\\n' }}")
    assert choose_marks(tokenizer, right) == right
    assert build_template(tokenizer, right).encode(talk("Who?", "I.")) == derived.encode(talk("Who?", "I."))


def test_removed_marks_leave_the_rendering_as_it_was() -> None:
    tokenizer = make_tokenizer(CHATML)
    marked = CHATML.replace("message.content +", "'' }}\n  {%- generation -%}\n {{- message.content +")
    marked = marked.replace("'<|im_end|>\\n' }}", "'<|im_end|>\\n' }} {%- endgeneration %}")
    render = lambda source: tokenizer.apply_chat_template(talk("Hi", "Ho"), chat_template=source, tokenize=False)  # noqa: E731
    assert render(marked) == render(remove_marks(marked))


OFFICIAL = list_official()


# What a conversation of texts can't have, or needs a processor for: refused in words, not trained wrong.
@pytest.mark.skipif(not OFFICIAL, reason="the package trl, which carries official chat templates, is not installed")
@pytest.mark.parametrize("name", [name for name in OFFICIAL if not name.endswith("_training")] or ["none"])
def test_official_templates(name: str) -> None:
    """Each gives the ids of apply_chat_template and a mask that passes, or is refused in words."""
    text = OFFICIAL[name]
    template = own(remove_marks(text))
    messages = talk("What is SQL injection?", "It is a flaw.\n\nValidate input.", "Is it old?", "Yes.")
    try:
        turns = split_into_turns(record(messages), template)
        examples = [encode_record(turn, template) for turn in turns]
    except UserError as error:
        print(f"{name}: {error}")
        said = str(error)
    else:
        said = ""
    if said:
        assert "turn 1 of the assistant" in said or "refuses messages" in said or "leaves out" in said
        return
    for turn, example in zip(turns, examples, strict=True):
        ids = template.tokenizer.apply_chat_template(
            turn.to_conversation(), chat_template=template.source, return_dict=False
        )
        assert example.input_ids == ids
    said = "".join(trained_texts(template, messages))
    assert "Validate input." in said
    assert "Yes." in said
    assert "SQL" not in said
    print(f"{name}: {len(turns)} examples, {said!r}")
