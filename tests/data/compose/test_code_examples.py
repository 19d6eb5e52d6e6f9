"""Code of the catalogue: what is taught as a fix or as clean has passed a reviewer."""

import pytest

from hackmentor.data.compose import cwe_code, cwe_dialogues
from hackmentor.data.compose.code_explanations import UNEXPLAINED, clean_explanation, explain_flaw
from hackmentor.data.compose.flawed_fixes import BROKEN, MISTAKEN, NOT_CLEAN
from hackmentor.data.compose.template import EntryIndex, TemplateSet
from hackmentor.data.sources import load_source
from hackmentor.data.sources.cwe_weakness import Weakness
from hackmentor.records.record import Record


@pytest.fixture(scope="module")
def records() -> list[Record]:
    catalogue = load_source("cwe")
    index = EntryIndex(catalogue.entries)
    templates = TemplateSet(cwe_code.QUESTION_TEMPLATES, cwe_dialogues.DIALOGUE_TEMPLATES)
    return [
        *templates.make_iio_records(index, catalogue.origin, seed=2),
        *templates.make_turn_records(index, catalogue.origin, seed=2),
    ]


def get_code(record: Record) -> str:
    return "\n".join(message["content"] for message in record.to_conversation())


def test_no_broken_fix_is_shown(records: list[Record]) -> None:
    assert len(records) > 400
    shown = "\n".join(get_code(record) for record in records)
    assert [line for line in BROKEN if line in shown] == []
    assert [text for text in MISTAKEN if text in shown] == []


def test_the_marks_of_flawed_fixes_are_lines_of_the_catalogue() -> None:
    weaknesses = [entry for entry in load_source("cwe").entries if isinstance(entry, Weakness)]
    fixes = "\n".join(example.good for weakness in weaknesses for example in weakness.examples)
    assert [line for line in (*BROKEN, *NOT_CLEAN) if line not in fixes] == []


def test_what_a_reviewer_would_flag_is_not_passed(records: list[Record]) -> None:
    clean = [record for record in records if record.id.endswith("-fixed")]
    assert len(clean) > 60
    assert [r.id for r in clean if any(line in r.input for line in NOT_CLEAN)] == []
    # The reason is a line that guards something, and not a declaration that happens to be new.
    assert [r.id for r in clean if not cwe_code.GUARD.search(r.output.split("`")[1])] == []


def test_frameworks_of_the_past_are_not_reviewed(records: list[Record]) -> None:
    told = "\n".join(get_code(record) for record in records)
    for word in ("struts", "register_globals", "ESAPI"):
        assert word not in told


def test_an_explanation_does_not_end_in_the_beginning_of_a_story() -> None:
    told = "A race can occur between the two calls. Suppose the balance is initially 100.00."
    assert clean_explanation(told) == "A race can occur between the two calls."
    assert clean_explanation("Suppose two users press the button.") == ""


def test_what_does_not_say_what_is_wrong_is_no_explanation() -> None:
    assert explain_flaw("The buffer is fixed, and nothing keeps the input from being longer, so it can overflow.")
    assert explain_flaw("The server reads a command, decodes it and calls the handler.") == ""
    assert explain_flaw("Instead, the memory should have come from malloc().") == ""
    assert clean_explanation("However, gets() is inherently unsafe.") == "gets() is inherently unsafe."


def test_the_marks_of_explanations_are_beginnings_of_the_catalogue() -> None:
    weaknesses = [entry for entry in load_source("cwe").entries if isinstance(entry, Weakness)]
    told = [clean_explanation(item.reason) for weakness in weaknesses for item in weakness.examples]
    unused = [start for start in UNEXPLAINED if not any(text.lower().startswith(start.lower()) for text in told)]
    assert unused == []
