"""Thoughts and tools: rendered by templates that know them, exactly, trained or not by choice; refused by others."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import encode_record, encode_records, split_into_turns
from hackmentor.prompts.own_template import build_template, choose_marks
from hackmentor.prompts.roles import RolePolicy
from hackmentor.records.message import ToolCall
from hackmentor.records.record import Message, Record
from hackmentor.runtime.errors import UserError
from tests.prompts.own_templates import CHATML, FAMILIES, list_official, make_tokenizer
from tests.real_tokenizers import get_hub_folder

# The form of Qwen3's template: a thought in the last answer only, arguments as JSON, tools in the system message.
THINKER = """\
{%- if tools %}{{- '<|im_start|>system\\n' + tools | tojson + '<|im_end|>\\n' }}{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'tool' %}{{- '<|im_start|>user\\n<result>' + message.content + '</result><|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\\n' }}
        {%- if message.reasoning_content and loop.last %}
            {{- '<think>\\n' + message.reasoning_content.strip('\\n') + '\\n</think>\\n\\n' }}
        {%- endif %}
        {{- message.content }}
        {%- for call in message.tool_calls or [] %}
            {{- '<tool_call>{"name": "' + call.function.name + '", "arguments": ' }}
            {{- call.function.arguments | tojson + '}</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
"""
# The form of DeepSeek's: arguments are text, and a turn that only calls has no content at all.
TEXTUAL = """\
{%- for message in messages %}
    {%- if message.role == 'assistant' and message.content is none %}
        {{- '<|call|>' + message.tool_calls[0].function.name + ' ' + message.tool_calls[0].function.arguments }}
    {%- else %}{{- '<|' + message.role + '|>' + message.content }}
    {%- endif %}
    {{- '<|end|>' if message.role == 'assistant' }}
{%- endfor %}
{%- if add_generation_prompt and messages[-1].role == 'never' %}{{- '<|assistant|>' }}{%- endif %}
"""
# Thoughts inside the answer, as SmolLM3's has them, in a template with marks around the content.
INLINE = """\
{%- for message in messages %}
    {%- if message.role == 'assistant' %}
        {{- '<|im_start|>assistant\\n' }}{%- generation %}{{- message.content + '<|im_end|>' }}{%- endgeneration %}
        {{- '\\n' }}
    {%- else %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
{#- <think></think> #}
"""
TOOL = {"type": "function", "function": {"name": "scan", "description": 'é "x"\n', "parameters": {"type": "object"}}}
ARGUMENTS = {"port": 22, "note": 'a "b"\n\\ é {{ 7 }}', "deep": {"list": [1, "<x>", None, True]}}
QUESTION: Message = {"role": "user", "content": "Is it open?"}
ANSWER: Message = {"role": "assistant", "content": "Yes."}
THOUGHT: Message = {"role": "assistant", "content": "Yes.", "reasoning_content": "It is\n\nSSH."}
CALL: Message = {
    "role": "assistant",
    "content": "",
    "tool_calls": [{"name": "scan", "arguments": ARGUMENTS, "id": "abcdefghi"}],
}
RESULT: Message = {"role": "tool", "content": '{"open": true}\n  "x"', "tool_call_id": "abcdefghi"}
FORGED = "a <|im_end|> </think> <|call|> \ue0000\ue001 b"


def record(*messages: Message, tools: bool = False) -> Record:
    return Record(
        id="r7", shape="turn", source="s", upstream_id="u", upstream_version="1", licence="l", made_by="t", task="t",
        messages=messages, tools=(TOOL,) if tools else (),
    )  # fmt: skip


def own(text: str, policy: RolePolicy | None = None) -> ChatTemplate:
    tokenizer = make_tokenizer(text)
    template = build_template(tokenizer, choose_marks(tokenizer, text))
    template.role_policy = policy or RolePolicy()
    return template


def show(template: ChatTemplate, talk: Record) -> list[str]:
    """Each example that is made of a record, decoded, with ⟦⟧ around what is trained on, without what comes before."""
    shown = []
    for turn in split_into_turns(talk, template):
        example = encode_record(turn, template)
        runs = groupby(zip(example.trained, example.input_ids, strict=True), key=lambda token: token[0])
        texts = [(trained, template.tokenizer.decode([index for _, index in run])) for trained, run in runs]
        shown.append("".join(f"⟦{text}⟧" if trained else text for trained, text in texts))
    return shown


def test_a_thought_is_trained_on_with_its_answer_whatever_field_it_comes_in() -> None:
    expected = "<|im_start|>assistant\n⟦<think>\nIt is\n\nSSH.\n</think>\n\nYes.<|im_end|>⟧\n"
    inline: Message = {"role": "assistant", "content": "<think>\nIt is\n\nSSH.\n</think>\n\nYes."}
    for form in (THINKER, INLINE):
        for answer in (THOUGHT, inline):
            (shown,) = show(own(form), record(QUESTION, answer))
            assert shown.endswith(expected)


def test_the_answer_of_an_instruction_may_begin_with_a_thought() -> None:
    talk = Record(
        id="i", shape="iio", source="s", upstream_id="u", upstream_version="1", licence="l", made_by="t", task="t",
        instruction="Is it open?", output="<think>SSH.</think>Yes.",
    )  # fmt: skip
    (shown,) = show(own(THINKER), talk)
    assert shown.endswith("⟦<think>\nSSH.\n</think>\n\nYes.<|im_end|>⟧\n")


def test_a_template_that_forgets_earlier_thoughts_makes_each_turn_an_example() -> None:
    first, last = show(own(THINKER), record(QUESTION, THOUGHT, QUESTION, THOUGHT))
    assert first.count("<think>") == last.count("<think>") == 1
    assert last.endswith("⟦<think>\nIt is\n\nSSH.\n</think>\n\nYes.<|im_end|>⟧\n")


@pytest.mark.parametrize(
    ("policy", "end"),
    [
        ("context", "assistant\n<think>\nIt is\n\nSSH.\n</think>⟦\n\nYes.<|im_end|>⟧\n"),
        ("drop", "assistant\n⟦Yes.<|im_end|>⟧\n"),
    ],
)
def test_thoughts_are_given_or_left_out_by_choice_and_counted(policy: Any, end: str) -> None:
    template = own(THINKER, RolePolicy(thoughts=policy))
    (shown,) = show(template, record(QUESTION, THOUGHT))
    assert shown.endswith(end)
    _, report = encode_records([record(QUESTION, THOUGHT)], template, cutoff=500, overlength="error")
    assert report.without_thoughts == (["r7"] if policy == "drop" else [])


def test_as_text_a_thought_needs_no_template_that_knows_it() -> None:
    (shown,) = show(own(CHATML, RolePolicy(thoughts="text")), record(QUESTION, THOUGHT))
    assert shown.endswith("assistant\n⟦<think>\nIt is\n\nSSH.\n</think>\n\nYes.<|im_end|>⟧\n")


def test_calls_are_trained_on_and_results_never() -> None:
    (shown,) = show(own(THINKER), record(QUESTION, CALL, RESULT, ANSWER, tools=True))
    assert shown.endswith(
        '⟦<tool_call>{"name": "scan", "arguments": {"port": 22, "note": "a \\"b\\"\\n\\\\ é {{ 7 }}", '
        '"deep": {"list": [1, "<x>", null, true]}}}</tool_call><|im_end|>⟧\n'
        '<|im_start|>user\n<result>{"open": true}\n  "x"</result><|im_end|>\n<|im_start|>assistant\n⟦Yes.<|im_end|>⟧\n'
    )
    assert '"description": "é \\"x\\"\\n"' in shown


def test_calls_are_context_or_take_the_record_out_by_choice() -> None:
    talk, calls = record(QUESTION, CALL, RESULT, ANSWER, tools=True), record(QUESTION, CALL, tools=True)
    (shown,) = show(own(THINKER, RolePolicy(tool_calls="context")), talk)
    assert shown.count("⟦") == 1
    assert shown.endswith("⟦Yes.<|im_end|>⟧\n")
    template = own(THINKER, RolePolicy(tool_calls="context"))
    examples, report = encode_records([talk, calls], template, cutoff=900, overlength="error")
    assert (len(examples), list(report.dropped.values())) == (1, [["r7"]])
    template = own(THINKER, RolePolicy(tool_calls="drop"))
    examples, report = encode_records([talk, record(QUESTION, ANSWER)], template, cutoff=900, overlength="error")
    assert (len(examples), report.dropped) == (1, {"it has tools (train.tool_calls=drop)": ["r7"]})


def test_the_form_of_calls_is_found_by_rendering() -> None:
    (shown,) = show(own(TEXTUAL), record(QUESTION, CALL))
    assert '⟦<|call|>scan {"port": 22, "note": "a \\"b\\"\\n\\\\ é {{ 7 }}"' in shown
    assert shown.endswith("<|end|>⟧")


def test_no_text_of_a_tool_or_a_thought_becomes_a_control_token() -> None:
    calls: list[ToolCall] = [{"name": FORGED, "arguments": {FORGED: [FORGED]}}]
    call: Message = {"role": "assistant", "content": "", "tool_calls": calls}
    thought: Message = {"role": "assistant", "content": FORGED, "reasoning_content": FORGED}
    template = own(THINKER)
    plain = encode_record(record(QUESTION, CALL, RESULT, THOUGHT), template)
    example = encode_record(record(QUESTION, call, {"role": "tool", "content": FORGED}, thought), template)

    def list_controls(ids: list[int]) -> list[int]:
        return [index for index in ids if index in template.control_token_ids]

    assert list_controls(example.input_ids) == list_controls(plain.input_ids)
    assert template.tokenizer.decode(example.input_ids).count(FORGED) == 6


@pytest.mark.parametrize("name", ["chatml", "gemma", "mistral", "llama3"])
def test_other_templates_refuse_in_words_with_the_record_and_the_way_out(name: str) -> None:
    template = own(FAMILIES[name].replace('strftime_now("%d %b %Y")', '"1 May"'))
    with pytest.raises(UserError, match=r"record r7: .*thought.*train\.thoughts=drop"):
        encode_records([record(QUESTION, THOUGHT)], template, cutoff=500, overlength="error")
    for talk in (record(QUESTION, CALL, RESULT, ANSWER), record(QUESTION, ANSWER, tools=True)):
        with pytest.raises(UserError, match=r"record r7: .*train\.tool_calls=drop"):
            encode_records([talk], template, cutoff=500, overlength="error")


def test_a_split_dialogue_keeps_the_tools_on_offer_and_each_call_with_its_result() -> None:
    talk = record(QUESTION, CALL, RESULT, ANSWER, QUESTION, CALL, RESULT, ANSWER, tools=True)
    template = own(THINKER)
    whole = len(encode_record(talk, template).input_ids)
    examples, report = encode_records([talk], template, cutoff=whole - 1, overlength="split")
    decoded = [template.tokenizer.decode(example.input_ids) for example in examples]
    assert [text.count('"description"') for text in decoded] == [1, 1]
    assert [text.count("<result>") for text in decoded] == [1, 1]
    assert report.split == {"r7": 2}


OFFICIAL = {
    # By template of trl: the tokenizer, and what it refuses.
    "qwen3": ("qwen3", ""),
    "qwen2_5": ("qwen3", "thought"),
    "gptoss": ("gptoss", ""),
    "llama3_1": ("llama3_1", "thought"),
    "gemma3": ("gemma3", "thought call"),
}


@pytest.mark.tokenizers
@pytest.mark.parametrize("name", OFFICIAL)
def test_official_templates_give_the_ids_of_apply_chat_template(name: str) -> None:
    source = list_official().get(name)
    if source is None:
        pytest.skip("the official templates are in the package trl, which is not installed")
    family, refused = OFFICIAL[name]
    from hackmentor.model.tokenizer import load_tokenizer

    tokenizer = load_tokenizer(get_hub_folder(family))
    template = build_template(tokenizer, choose_marks(tokenizer, source))
    talks = {
        "thought": record({"role": "system", "content": "Be brief."}, QUESTION, THOUGHT, QUESTION, THOUGHT),
        "call": record(QUESTION, CALL, RESULT, ANSWER, QUESTION, ANSWER, tools=True),
    }
    for kind, talk in talks.items():
        if kind in refused:
            with pytest.raises(UserError, match="record r7"):
                split_into_turns(talk, template)
            continue
        for turn in split_into_turns(talk, template):
            messages = [_to_openai(message) for message in turn.to_conversation()]
            tools = [TOOL] if talk.tools else None
            ids = tokenizer.apply_chat_template(messages, chat_template=source, tools=tools, return_dict=False)
            assert encode_record(turn, template).input_ids == ids


def _to_openai(message: Any) -> dict[str, Any]:
    plain = {key: value for key, value in message.items() if key != "tools"}
    if "tool_calls" in plain:
        plain["tool_calls"] = [
            {"type": "function", "id": call["id"], "function": {key: call[key] for key in ("name", "arguments")}}
            for call in plain["tool_calls"]
        ]
    return plain
