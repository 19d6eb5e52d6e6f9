"""Judgements end each way, rest on what is shown, and name only what may be named."""

from collections import Counter

import pytest

from hackmentor.data.compose import TEMPLATE_SETS
from hackmentor.data.compose.alert_facts import VERDICTS
from hackmentor.data.compose.alert_wordings import VERDICTS as SAID
from hackmentor.data.compose.cwe_disputes import VERDICTS as DISPUTED
from hackmentor.data.compose.template import EntryIndex
from hackmentor.data.sources import load_source
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.cwe_weakness import Weakness
from hackmentor.records.record import Record

Composed = dict[str, list[Record]]


def compose(source: str) -> list[Record]:
    catalogue = load_source(source)
    entries = EntryIndex(catalogue.entries)
    iio = TEMPLATE_SETS[source].make_iio_records(entries, catalogue.origin, seed=1)
    return [*iio, *TEMPLATE_SETS[source].make_turn_records(entries, catalogue.origin, seed=1)]


@pytest.fixture(scope="module")
def composed() -> Composed:
    """All records of the catalogues by task."""
    found: Composed = {}
    for source in ("cwe", "attack", "sigma"):
        for record in compose(source):
            found.setdefault(record.task, []).append(record)
    return found


def share(part: list[Record], whole: list[Record]) -> float:
    return len(part) / len(whole)


def test_code_is_often_clean(composed: Composed) -> None:
    verdicts = [*composed["cwe.find_in_code"], *composed["cwe.review_change"]]
    clean = [record for record in verdicts if record.id.endswith("-fixed")]
    assert 0.3 <= share(clean, verdicts) <= 0.5
    assert not [record.id for record in clean if "CWE-" in record.output]
    # The line that is quoted as the reason stands in the code.
    assert not [record.id for record in clean if record.output.split("`")[1] not in record.input]


def test_alerts_may_be_closed_or_left_open(composed: Composed) -> None:
    found: Counter[str] = Counter()
    for record in composed["alert.triage"]:
        openings = {verdict: [text.split("{")[0] for text in texts] for verdict, texts in SAID.items()}
        found[next(name for name, texts in openings.items() if record.output.startswith(tuple(texts)))] += 1
    assert set(found) == set(VERDICTS)
    total = found.total()
    assert 0.25 <= (found["benign"] + found["needs data"]) / total <= 0.4


def test_disputes_end_each_way(composed: Composed) -> None:
    starts = {
        name: [text.split("{")[0] for text in texts if not text.startswith("{")] for name, texts in DISPUTED.items()
    }
    neither = [record for record in composed["cwe.dispute"] if record.output.startswith(tuple(starts["neither"]))]
    rest = [record for record in composed["cwe.dispute"] if record not in neither]
    special = [record for record in rest if record.upstream_id in record.output.split('"')[0].split(", not ")[0]]
    total = composed["cwe.dispute"]
    general = len(total) - len(neither) - len(special)
    assert min(len(neither), len(special), general) / len(total) >= 0.25


def test_no_class_is_assigned_that_must_not_be(composed: Composed) -> None:
    barred = {
        entry.upstream_id
        for entry in load_source("cwe").entries
        if isinstance(entry, Weakness) and entry.usage in ("Discouraged", "Prohibited")
    }
    assert len(barred) == 100
    for task in ("cwe.find_in_code", "cwe.review_change", "cwe.fix_code", "cwe.name_from_cve", "cwe.advisory"):
        flawed = [record for record in composed[task] if not record.id.endswith("-fixed")]
        assert not [record.id for record in flawed if record.upstream_id in barred], task


def test_no_question_holds_its_answer(composed: Composed) -> None:
    for task in ("cwe.name_from_cve", "cwe.find_in_code", "attack.identify"):
        named = [r.id for r in composed[task] if r.upstream_id in f"{r.instruction} {r.input}"]
        assert named == [], task
    names = {
        entry.upstream_id: entry.name.lower() for entry in load_source("attack").entries if isinstance(entry, Technique)
    }
    assert not [r.id for r in composed["attack.identify"] if names[r.upstream_id] in r.input.lower()]


def test_evidence_is_quoted_from_the_question(composed: Composed) -> None:
    for task in ("attack.identify", "cwe.name_from_cve", "alert.map"):
        for record in (record for record in composed[task] if '"' not in record.input):
            quoted = [part for part in record.output.split('"')[1::2] if len(part.split()) > 2]
            assert quoted, record.id
            assert quoted[0] in record.input.replace("\n\n", ". "), record.id


def test_attribution_is_cautious_and_defence_has_a_criterion(composed: Composed) -> None:
    cautions = ("attribut", "name a group", "confidence", "consistent with", "As evidence it is weak", "actor open")
    assert not [r.id for r in composed["actor.attribution"] if not any(word in r.output for word in cautions)]
    criteria = ("how many", "Counting", "by reach", "most often", "count,")
    assert not [r.id for r in composed["actor.defend"] if not any(word in r.output for word in criteria)]


def test_a_dialogue_ends_with_what_it_named(composed: Composed) -> None:
    import re

    for task in ("actor.triage", "actor.group_briefing"):
        for record in composed[task]:
            said = [message["content"] for message in record.messages if message["role"] == "assistant"]
            named = set(re.findall(r"T\d{4}(?:\.\d{3})?", "\n".join(said[:-1])))
            assert set(re.findall(r"T\d{4}(?:\.\d{3})?", said[-1])) <= named, record.id


def test_countermeasures_are_those_of_the_technique(composed: Composed) -> None:
    texts = {
        entry.upstream_id: " ".join(measure.text for measure in entry.mitigations).replace("\n", " ")
        for entry in load_source("attack").entries
        if isinstance(entry, Technique)
    }
    for record in [*composed["attack.mitigations"], *composed["attack.policy"]]:
        for line in (line for line in record.output.split("\n") if line.startswith("- ")):
            text = line.removeprefix("- ").partition("): ")[2] or line.removeprefix("- ")
            assert text in texts[record.upstream_id], (record.id, text)
