"""What may stand as advice or as a rule: an order that somebody can follow, about the technique, and still right."""

from collections import defaultdict
from dataclasses import replace

import pytest

from hackmentor.data.compose import attack_phrases, attack_tasks
from hackmentor.data.compose.attack_wordings import POLICY_PROOF
from hackmentor.data.compose.instructions import is_instruction, trim_advice
from hackmentor.data.compose.plain_measures import PLAIN_MEASURES
from hackmentor.data.compose.template import EntryIndex, TemplateSet
from hackmentor.data.sources import load_source
from hackmentor.data.sources.attack import Technique
from hackmentor.records.record import Record


@pytest.fixture(scope="module")
def techniques() -> list[Technique]:
    return [entry for entry in load_source("attack").entries if isinstance(entry, Technique)]


@pytest.fixture(scope="module")
def policies(techniques: list[Technique]) -> list[Record]:
    templates = [item for item in attack_tasks.QUESTION_TEMPLATES if item.name == "attack.policy"]
    origin = load_source("attack").origin
    return list(TemplateSet(templates).make_iio_records(EntryIndex(techniques), origin, seed=3))


@pytest.mark.parametrize(
    "sentence",
    [
        "Disable the service on systems that do not need it.",
        "In cloud environments, ensure that only administrators may update metadata.",
        "If the tool is unnecessary, then block its execution.",
        "Passwords should be rotated after an incident.",
        "Segregate management traffic.",
    ],
)
def test_orders_are_instructions(sentence: str) -> None:
    assert is_instruction(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "VNC defaults to TCP port 5900 for the server.",
        "An adversary must already have administrator rights.",
        "Sandboxes can be used to mitigate some of the impact, but escapes may still exist.",
        "Organizations may consider weighing the risk.",
        "Audit systems, permissions, insecure software, etc. to identify potential weaknesses.",
        "Use an appropriate mechanism to protect the credentials.",
        "Prevention schemes mirror that of hard-coded password storage.",
        "Consider using smart pointers provided by the boost library.",
        "Use the ESAPI library.",
    ],
)
def test_statements_truisms_and_the_overtaken_are_none(sentence: str) -> None:
    assert not is_instruction(sentence)


def test_advice_that_is_taken_back_is_not_cut_before_that() -> None:
    whole = "Do not offer a way to reset passwords. But if you must, send a token that expires within the hour."
    assert trim_advice(whole, 50) == whole
    assert trim_advice(whole, 9) == ""
    assert trim_advice("Close files after use. Check for errors when you do so.", 5) == "Close files after use."


def test_every_rule_of_a_policy_is_an_order_about_its_technique(
    policies: list[Record], techniques: list[Technique]
) -> None:
    by_id = {technique.upstream_id: technique for technique in techniques}
    families: dict[str, set[str]] = defaultdict(set)
    assert len(policies) >= 50
    for record in policies:
        technique = by_id[record.upstream_id]
        rules = [line[2:] for line in record.output.split("\n") if line.startswith("- ")]
        assert len(rules) >= 2, record.id
        assert [rule for rule in rules if not is_instruction(rule)] == [], record.id
        assert [rule for rule in rules if not attack_phrases.bears_on(rule, technique)] == [], record.id
        for rule in rules:
            families[rule].add(technique.parent.id if technique.parent else technique.upstream_id)
    assert {rule for rule, known in families.items() if len(known) >= attack_tasks.GENERAL_FAMILIES} == set()


def test_no_log_entry_is_called_a_breach(policies: list[Record]) -> None:
    # A process start or a logon happens all day: it may be evidence, but it is no breach.
    for text in (*POLICY_PROOF, *(record.output for record in policies)):
        assert "breach of" not in text
        assert "every quarter" not in text


def test_one_text_of_two_mitigations_is_told_once(techniques: list[Technique]) -> None:
    technique = next(item for item in techniques if len(item.mitigations) > 1)
    first, second = (replace(measure, text="Block the tool.") for measure in technique.mitigations[:2])
    (line,) = attack_phrases.format_countermeasures(replace(technique, mitigations=(first, second)))
    assert line == f"{first.name} ({first.id}) and {second.name} ({second.id}): Block the tool."


def test_advice_against_any_control_is_no_control(techniques: list[Technique]) -> None:
    told = [line for item in techniques for line in attack_phrases.format_countermeasures(item, 9)]
    assert any(measure.name == attack_phrases.NO_MEASURE for item in techniques for measure in item.mitigations)
    assert not [line for line in told if attack_phrases.NO_MEASURE in line]


def test_each_mitigation_has_plain_words(techniques: list[Technique]) -> None:
    names = {measure.name for technique in techniques for measure in technique.mitigations}
    assert names <= PLAIN_MEASURES.keys()
    jargon = ("endpoint", "privilege", "authenticat", "sandbox", "registry", "segment", "execution", "registry", "SIEM")
    told = [text for options in PLAIN_MEASURES.values() for text in options]
    assert [text for text in told if any(word.lower() in text.lower() for word in jargon)] == []
    assert all(text.split()[0].endswith("ing") for text in told)
