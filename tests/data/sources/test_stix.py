import json
from pathlib import Path

import pytest

from hackmentor.data.sources.catalogue import Catalogue
from hackmentor.data.sources.documents import load_documents
from hackmentor.data.sources.stix_objects import Indicator, Report, StixSubject
from tests.data.sources.corpus import ACTOR, BACKUP, BUNDLE, INDICATOR, MALWARE, REVOKED, TOOL, relation, stix


@pytest.fixture(scope="module")
def subjects(documents: Catalogue) -> dict[str, StixSubject]:
    return {entry.name: entry for entry in documents.entries if isinstance(entry, StixSubject)}


def bundle(folder: Path, name: str, *objects: object) -> Path:
    (folder / name).write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}))
    return folder / name


def test_subjects_know_their_links_by_name(subjects: dict[str, StixSubject]) -> None:
    actor, malware = subjects["Grey Heron"], subjects["HERONLOCK"]
    assert [link.name for link in actor.get_links("uses")] == ["Spearphishing Link", "HERONLOCK", "rclone"]
    assert [link.label for link in actor.get_links("uses", "attack-pattern")] == ["Spearphishing Link (T1566.002)"]
    assert {link.name for link in malware.get_links("uses (by)")} == {"Grey Heron", "Pale Stork"}
    assert [link.name for link in malware.get_links("indicates (by)")] == [INDICATOR["name"]]
    assert [link.name for link in subjects["Harbour Lights"].get_links("targets")] == ["Port of Testhaven"]


def test_text_is_plain_and_other_names_are_kept(subjects: dict[str, StixSubject]) -> None:
    actor = subjects["Grey Heron"]
    assert actor.description == "Grey Heron is a group that extorts logistics companies in northern Europe."
    assert actor.aliases == ("UNC-77",)
    assert subjects["Spearphishing Link"].phases == ("initial access",)


def test_patterns_stay_as_they_are(documents: Catalogue) -> None:
    (indicator,) = [entry for entry in documents.entries if isinstance(entry, Indicator)]
    assert indicator.pattern == INDICATOR["pattern"]
    assert indicator.valid_from == "2024-03-01"


def test_reports_name_what_they_refer_to(documents: Catalogue) -> None:
    (report,) = [entry for entry in documents.entries if isinstance(entry, Report)]
    assert {link.name for link in report.links} == {"Grey Heron", "HERONLOCK", "Harbour Lights"}


def test_retired_missing_and_unused_objects_are_counted(documents: Catalogue, subjects: dict[str, StixSubject]) -> None:
    assert "OLDLOCK" not in subjects
    assert documents.left_out["revoked STIX object"] == [REVOKED["id"]]
    dangling = documents.left_out["STIX reference to an object that is missing or retired"]
    assert sorted(text.partition(" -> ")[2] for text in dangling) == sorted(
        [REVOKED["id"], "tool--00000000-0000-4000-8000-000000000099"]
    )
    assert len(documents.left_out["STIX relationship without a use here: related-to"]) == 1


def test_bundles_refer_to_each_other_and_the_newer_version_counts(tmp_path: Path) -> None:
    bundle(tmp_path, "a.json", ACTOR, relation(1, "uses", ACTOR, TOOL))
    bundle(tmp_path, "b.json", TOOL, {**ACTOR, "name": "Gray Heron", "modified": "2025-01-01T00:00:00Z"})
    catalogue = load_documents(tmp_path)
    tool = next(entry for entry in catalogue.entries if entry.upstream_id == TOOL["id"])
    assert isinstance(tool, StixSubject)
    assert [link.name for link in tool.get_links("uses (by)")] == ["Gray Heron"]
    assert catalogue.left_out == {"older version of a STIX object": [ACTOR["id"]]}


def test_deprecated_and_malformed_objects_are_no_error(tmp_path: Path) -> None:
    gone = {**BACKUP, "x_mitre_deprecated": True}
    odd = stix("x-mitre-matrix", 5, name="Matrix")
    nulls = {**MALWARE, "aliases": None, "external_references": "none", "kill_chain_phases": [3]}
    catalogue = load_documents(bundle(tmp_path, "a.json", nulls, gone, odd, {"name": "no id"}, 7))
    assert [entry.upstream_id for entry in catalogue.entries] == [MALWARE["id"]]
    assert {reason: len(names) for reason, names in catalogue.left_out.items()} == {
        "STIX object without id or type": 2,
        "deprecated STIX object": 1,
        "STIX object without a use here: x-mitre-matrix": 1,
    }


def test_a_description_that_was_cut_off_ends_with_a_sentence(tmp_path: Path) -> None:
    cut = {**MALWARE, "description": "HERONLOCK encrypts files. It spreads through sha..."}
    catalogue = load_documents(bundle(tmp_path, "a.json", cut))
    assert [getattr(entry, "description", "") for entry in catalogue.entries] == ["HERONLOCK encrypts files."]


def test_the_fixture_is_a_bundle_of_the_promised_size() -> None:
    assert len(BUNDLE["objects"]) == 24
