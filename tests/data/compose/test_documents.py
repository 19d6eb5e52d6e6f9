"""What the templates make of a corpus of documents and of a STIX bundle."""

import re
from collections import Counter
from pathlib import Path

import pytest

from hackmentor.data.compose import compose_records
from hackmentor.data.compose.template import EntryIndex
from hackmentor.data.sources.catalogue import Catalogue
from hackmentor.data.sources.documents import load_documents
from hackmentor.data.split import split_entries
from hackmentor.records.record import Record, Shape
from tests.data.sources.corpus import INDICATOR, write_corpus


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return load_documents(write_corpus(tmp_path_factory.mktemp("compose") / "corpus"), licence="internal")


def composed(documents: Catalogue, shape: Shape, seed: int = 3) -> list[Record]:
    return list(compose_records(EntryIndex(documents.entries), documents.origin, shape, seed))


def find(records: list[Record], name: str) -> Record:
    (record,) = [record for record in records if record.id == name]
    return record


def answers(record: Record) -> list[str]:
    return [message["content"] for message in record.to_conversation() if message["role"] == "assistant"]


def test_every_task_and_plan_makes_something(documents: Catalogue) -> None:
    tasks = {record.task for shape in ("iio", "turn") for record in composed(documents, shape)}
    assert tasks == {
        "document.section", "document.about", "document.steps", "document.list", "document.rules", "document.binding",
        "document.locate", "document.define", "document.code", "document.drill", "document.walk",
        "stix.describe", "stix.uses", "stix.used_by", "stix.how", "stix.mitigated_by", "stix.mitigates", "stix.aims",
        "stix.compare", "stix.watch", "stix.indicator", "stix.report", "stix.chain", "stix.hit",
    }  # fmt: skip


def test_records_carry_the_origin_of_the_document(documents: Catalogue) -> None:
    records = composed(documents, "iio") + composed(documents, "turn")
    assert {record.source for record in records} == {"documents:corpus"}
    assert {record.licence for record in records} == {"internal"}
    assert len({record.id for record in records}) == len(records)


def test_questions_name_the_document_and_have_no_open_slots(documents: Catalogue) -> None:
    titles = ("Incident Response Handbook", "Remote Access Policy", "Operations Manual", "Visitors")
    for record in composed(documents, "iio") + composed(documents, "turn"):
        question = record.to_conversation()[0]["content"]
        assert not re.search(r"\{(?:title|section|term|label|name|other|kind)\}", record.to_text())
        assert record.task.startswith("stix") or any(f'"{title}"' in question for title in titles), question


def test_every_sentence_of_a_section_is_in_the_document(documents: Catalogue) -> None:
    sources = {entry.upstream_id: getattr(entry, "text", "") for entry in documents.entries}
    sections = [record for record in composed(documents, "iio") if record.task == "document.section"]
    assert len(sections) > 10
    for record in sections:
        assert record.output.endswith(sources[record.upstream_id])


def test_rules_are_extracted_word_for_word(documents: Catalogue) -> None:
    record = find(composed(documents, "iio"), "handbook.md#evidence/document.rules")
    assert record.output.partition("\n\n")[2] == (
        "- Originals shall be kept in the safe of the legal department.\n"
        "- Screenshots should not replace log exports, since they hide what was outside the window."
    )
    for made in composed(documents, "iio"):
        if made.task == "document.rules":
            for line in made.output.partition("\n\n")[2].splitlines():
                assert line.removeprefix("- ") in made.input


def test_the_force_of_a_sentence_follows_its_words(documents: Catalogue) -> None:
    verdicts = {r.input: r.output for r in composed(documents, "iio") if r.task == "document.binding"}
    told = {
        "A block must not stay in place for more than thirty days without a review.": "prohibition",
        "Managers should thank people who report.": "recommendation",
        "Remote users must authenticate with a password and a hardware key.": "requirement",
        "Screenshots should not replace log exports, since they hide what was outside the window.": "against",
    }
    assert {sentence: word in verdicts[sentence].lower() for sentence, word in told.items()} == dict.fromkeys(
        told, True
    )


def test_steps_definitions_code_and_places(documents: Catalogue) -> None:
    records = composed(documents, "iio")
    steps = find(records, "handbook.md#isolating-a-host/document.steps").output
    assert steps.splitlines()[2] == "3. Take an image of the memory."
    defined = find(records, "handbook.md#terms/document.define/2")
    assert '"playbook"' in defined.instruction
    assert defined.output.startswith("A playbook is a written sequence of actions")
    code = find(records, "handbook.md#blocking-an-address/document.code/1")
    assert code.input.startswith("```bash\nnft add rule")
    assert "The rule that drops all traffic to one address" in code.output
    place = find(records, "handbook.md#isolating-a-host/document.locate")
    assert '"Isolating a host", which belongs to "Containment"' in place.output


def test_a_drill_rests_on_the_turns_before(documents: Catalogue) -> None:
    record = find(composed(documents, "turn"), "handbook.md#isolating-a-host/document.drill")
    said = answers(record)
    assert said[0].startswith("An infected host is taken off the network")
    assert said[1].startswith("1. Move the switch port")
    repeated = said[2].partition(" is: ")[2]
    assert repeated in said[1]
    assert said[3].endswith(
        "- The owner of the host must be informed before it is isolated, unless the owner is under suspicion."
    )
    assert "requirement" in said[4]


def test_a_walk_stays_on_one_side_of_the_split(documents: Catalogue) -> None:
    for entries in split_entries(documents.entries, seed=1, eval_fraction=0.4):
        names = {getattr(entry, "name", "") for entry in entries}
        for record in compose_records(EntryIndex(entries), documents.origin, "turn", 3):
            if record.task == "document.walk":
                told = [match for answer in answers(record) for match in re.findall(r'^Next is "([^"]+)"\.', answer)]
                assert told
                assert set(told) <= names


def test_stix_answers_come_from_the_bundle(documents: Catalogue) -> None:
    records = {(record.task, record.upstream_id.partition("--")[0]): record for record in composed(documents, "iio")}
    indicator = records["stix.indicator", "indicator"]
    assert indicator.input == INDICATOR["pattern"]
    assert "HERONLOCK" in indicator.output
    watch = records["stix.watch", "malware"].output
    assert watch.startswith("This pattern points to HERONLOCK:\n\n")
    assert f"```stix\n{INDICATOR['pattern']}\n```" in watch
    assert "Offline Backups: Keep a copy" in records["stix.mitigated_by", "attack-pattern"].output
    assert "Harbour Lights targets Port of Testhaven" in records["stix.aims", "campaign"].output
    assert "HERONLOCK" in records["stix.compare", "intrusion-set"].output
    how = records["stix.how", "intrusion-set"]
    assert how.output == "Grey Heron has sent links to a copy of the customs portal to dispatchers."
    assert "OLDLOCK" not in "".join(record.to_text() for record in records.values())


def test_a_chain_leads_from_the_actor_to_the_defence(documents: Catalogue) -> None:
    chains = [record for record in composed(documents, "turn") if record.task == "stix.chain"]
    told = "\n".join(answers(max(chains, key=lambda record: len(record.messages))))
    places = [told.find(name) for name in ("Grey Heron", "HERONLOCK", "Data Encrypted", "Offline Backups", "ipv4-addr")]
    assert -1 not in places
    assert places == sorted(places)


# A corpus as small as this one has few plans to choose from.
@pytest.mark.parametrize(("shape", "most"), [("iio", 0.05), ("turn", 0.07)])
def test_openings_vary(documents: Catalogue, shape: Shape, most: float) -> None:
    records = [record for seed in range(20) for record in composed(documents, shape, seed)]
    openings = Counter(" ".join(record.to_conversation()[0]["content"].lower().split()[:3]) for record in records)
    words, number = openings.most_common(1)[0]
    assert number / len(records) < most, words


def test_the_same_seed_gives_the_same_records(documents: Catalogue, tmp_path: Path) -> None:
    again = load_documents(write_corpus(tmp_path / "corpus"), licence="internal")
    assert composed(again, "turn") == composed(documents, "turn")
    assert composed(again, "iio") == composed(documents, "iio")
    assert composed(again, "iio", seed=4) != composed(documents, "iio")
