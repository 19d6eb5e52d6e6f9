"""The words that an answer quotes as evidence, and questions that would give the answer away."""

import pytest

from hackmentor.data.compose import alerts, attack_tasks
from hackmentor.data.compose.telling_span import find_shared_clause, gives_name_away, weigh_rare_words
from hackmentor.data.compose.template import EntryIndex, TemplateSet
from hackmentor.data.sources import load_source
from hackmentor.data.sources.attack import Technique
from hackmentor.records.record import Record

NAMED = [
    ("The tool has a dylib hijacker module.", "Dylib Hijacking"),
    ("It tries to add a Registry Run key.", "Registry Run Keys / Startup Folder"),
    ("Detects attempts to make screen captures on macOS.", "Screen Capture"),
    ("It uses SSH to move on.", "SSH"),
]
UNNAMED = [
    ("It asks the user for credentials in a window of its own.", "Elevated Execution with Prompt"),
    ("The implant reads the date of the host.", "System Time Discovery"),
    ("It packs the folder with a password.", "Archive via Utility"),
]


@pytest.mark.parametrize(("text", "name"), NAMED)
def test_a_name_in_another_form_gives_it_away(text: str, name: str) -> None:
    assert gives_name_away(text, name)


@pytest.mark.parametrize(("text", "name"), UNNAMED)
def test_what_has_other_words_does_not(text: str, name: str) -> None:
    assert not gives_name_away(text, name)


def test_a_quote_holds_what_decides_rather_than_being_short() -> None:
    described = "ICMP is a protocol below the application layer that lets infected hosts communicate."
    weights = weigh_rare_words([described, *("Other text about something else altogether." for _ in range(40))])
    text = "The platform can use ICMP to communicate between infected hosts."
    assert "ICMP" in find_shared_clause(text, described, weights)


def test_a_quote_ends_neither_in_half_a_bracket_nor_in_a_hanging_word() -> None:
    described = "whoami parameter command disabled purview audit accounts"
    weights = weigh_rare_words([described, *("Nothing of that kind stands here." for _ in range(40))])
    text = "The line has whoami as first parameter (as e.g. used by a tool for the command)."
    cut = find_shared_clause(text, described, weights)
    assert "(as" not in cut
    told = find_shared_clause("It has disabled Purview Audit on accounts prior to stealing mail.", described, weights)
    assert told.endswith("accounts")


@pytest.fixture(scope="module")
def mapped() -> list[tuple[Record, list[str]]]:
    """Records that ask for a technique, with the names of the techniques they are about."""
    found: list[tuple[Record, list[str]]] = []
    names = {e.upstream_id: e.name for e in load_source("attack").entries if isinstance(e, Technique)}
    for source, templates in (("attack", attack_tasks.QUESTION_TEMPLATES), ("sigma", alerts.QUESTION_TEMPLATES)):
        asked = [item for item in templates if item.name in ("attack.identify", "alert.map")]
        catalogue = load_source(source)
        records = TemplateSet(asked).make_iio_records(EntryIndex(catalogue.entries), catalogue.origin, seed=5)
        by_id = {entry.upstream_id: entry for entry in catalogue.entries}
        for record in records:
            entry = by_id[record.upstream_id]
            refs = [ref.name for ref in getattr(entry, "techniques", ())]
            found.append((record, refs or [names[record.upstream_id]]))
    return found


def test_no_mapping_question_names_its_answer(mapped: list[tuple[Record, list[str]]]) -> None:
    assert len({record.task for record, _ in mapped}) == 2
    assert len(mapped) > 500
    assert [r.id for r, names in mapped if any(gives_name_away(r.input.replace("\n\n", ". "), n) for n in names)] == []


def test_no_alert_is_mapped_by_the_definition_of_its_technique(mapped: list[tuple[Record, list[str]]]) -> None:
    described = {e.upstream_id: e.description for e in load_source("attack").entries if isinstance(e, Technique)}
    for record, _ in mapped:
        if record.task != "alert.map":
            continue
        words = record.input.partition("\n\n")[2].split()
        for technique in (part for part in record.output.replace("(", " ").split() if part in described):
            runs = (" ".join(words[at : at + 9]) for at in range(len(words) - 8))
            assert not any(run in described[technique] for run in runs), record.id
