"""What a stranger's cell says of itself, in a model card and a Modelfile: shown as text, and never more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hackmentor.config.schema import OllamaFormat
from hackmentor.export.card_facts import CellFacts
from hackmentor.export.escape_markdown import escape_facts, escape_markdown
from hackmentor.export.modelfile import format_modelfile
from hackmentor.runtime.errors import UserError

ATTACKS = {
    "script": "<script>alert(1)</script>",
    "event": '<img src=x onerror="alert(1)">',
    "image": "![x](http://tracker.example/x.png)",
    "link": "[the licence](javascript:alert(1))",
    "reference": "[x][y]\n\n[y]: http://tracker.example",
    "heading": "x\n# Verified by the hub\n---\nlicense: mit",
    "cell": "x | better | shown",
    "escape": "\x1b]0;owned\x07",
    "comment": "<!-- hidden",
}
FACTS = CellFacts(
    name="cell", untuned="smollm2-135m", hub_id="org/name", revision="main", licence="MIT", quant="int8", verdict={},
    findings=[], safety=[], records="", sources=[], notices=[], training=[], tags=[],
)  # fmt: skip
SAMPLING = OllamaFormat(
    name="ollama", dtype="f16", context=512, max_new_tokens=64, temperature=0.7, top_k=40, repetition_penalty=1.1
)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_fact_is_one_line_of_text(attack: str) -> None:
    facts = replace(
        FACTS, licence=attack, verdict={"paragraph": attack, "notes": [attack]}, findings=[[attack]], safety=[attack],
        records=attack, sources=[(attack, attack, attack)], notices=[attack], training=[(attack, attack)],
    )  # fmt: skip
    escaped = escape_facts(facts)
    texts = [
        escaped.licence, escaped.verdict["paragraph"], escaped.verdict["notes"][0], escaped.findings[0][0],
        escaped.safety[0], escaped.records, *escaped.sources[0], *escaped.notices, *escaped.training[0],
    ]  # fmt: skip
    assert set(texts) == {escape_markdown(attack)}
    for live in ("<s", "<i", "<!", "](", "\n", "\x1b", "\x07", " | "):
        assert live not in texts[0].replace("\\|", "")


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_name_stays_in_its_code_block(attack: str) -> None:
    escaped = escape_facts(replace(FACTS, name=attack, hub_id=f'x")\n```\n{attack}'))
    assert not set(escaped.name + escaped.hub_id) & set('<>"`\n()[]| \x1b')


def test_what_is_honest_stays_as_it_is() -> None:
    for text in ("-0.50 [-0.50, -0.50]", "p < 0.001", "`train.jsonl` has sha256 `ab`", "q_proj, v_proj", "50 % & more"):
        assert escape_markdown(text) == text


@pytest.mark.parametrize(
    "changes",
    [
        {"stop_tokens": ['x"\nFROM /etc/passwd']},
        {"stop_tokens": ["x\nADAPTER /evil"]},
        {"system": 'be good"'},
        {"system": 'be good"""\nFROM evil'},
        {"template": '{{ .Prompt }}"'},
    ],
    ids=str,
)
def test_a_text_ends_no_line_of_a_modelfile(changes: dict[str, object]) -> None:
    parts = {"template": "{{ .Prompt }}", "stop_tokens": ["<|im_end|>"], "system": "be good", "licence": "MIT"}
    with pytest.raises(UserError, match="a Modelfile can't hold"):
        format_modelfile("m.gguf", sampling=SAMPLING, **(parts | changes))  # type: ignore[arg-type]


def test_a_licence_that_ends_in_a_quotation_mark_is_quoted() -> None:
    text = format_modelfile("m.gguf", "t", ["<|im_end|>"], system=None, licence='provided "as is"', sampling=SAMPLING)
    assert text.endswith('LICENSE """provided "as is"\n"""\n')
