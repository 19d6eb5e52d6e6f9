"""STIX bundles from a stranger: a field of another type is none, in ATT&CK's own bundles and in any other."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hackmentor.data.sources.documents import load_documents
from hackmentor.data.sources.path_formats import load_path_catalogue
from hackmentor.runtime.errors import UserError

NUMBER = "00000000-0000-4000-8000-00000000000"
TOLD = (
    "An adversary scans the hosts of others for open ports, and writes down which of them answer, to come back later."
)
TECHNIQUE = {
    "type": "attack-pattern", "id": f"attack-pattern--{NUMBER}1", "name": "Scan", "description": TOLD,
    "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "discovery"}],
    "external_references": [{"source_name": "mitre-attack", "external_id": "T1046"}], "x_mitre_platforms": ["Linux"],
}  # fmt: skip
GROUP = {
    "type": "intrusion-set", "id": f"intrusion-set--{NUMBER}2", "name": "Nobody", "description": TOLD, "aliases": ["N"],
    "external_references": [{"source_name": "mitre-attack", "external_id": "G0001"}],
}  # fmt: skip
USE = {
    "type": "relationship", "id": f"relationship--{NUMBER}3", "relationship_type": "uses", "source_ref": GROUP["id"],
    "target_ref": TECHNIQUE["id"], "description": "It scans.",
}  # fmt: skip
TACTIC = {
    "type": "x-mitre-tactic", "id": f"x-mitre-tactic--{NUMBER}4", "name": "Discovery", "x_mitre_shortname": "discovery",
}  # fmt: skip
RELEASE = {
    "type": "x-mitre-collection", "id": f"x-mitre-collection--{NUMBER}5", "name": "ATT&CK", "x_mitre_version": "17.0",
}  # fmt: skip
VALUES: list[object] = [
    5, None, [], {}, [5], [None], [[]], [{}], {"a": 1}, "", "\x1b[2J", 10**400, [{"source_name": []}], "9" * 6000,
    "1.²",
]  # fmt: skip
FIELDS = [
    *((0, name) for name in (*TECHNIQUE, "modified", "x_mitre_aliases")), *((1, name) for name in GROUP),
    *((2, name) for name in USE), *((3, name) for name in TACTIC), *((4, name) for name in (*RELEASE, "modified")),
]  # fmt: skip


def write_bundle(folder: Path, objects: list[dict[str, Any]]) -> None:
    folder.mkdir(exist_ok=True)
    content = {"type": "bundle", "id": f"bundle--{NUMBER}9", "objects": objects}
    (folder / "bundle.json").write_text(json.dumps(content))


@pytest.mark.parametrize(("place", "field"), FIELDS)
def test_a_field_of_another_type_is_none(place: int, field: str, tmp_path: Path) -> None:
    for value in VALUES:
        objects: list[dict[str, Any]] = [dict(item) for item in (TECHNIQUE, GROUP, USE, TACTIC, RELEASE)]
        objects[place][field] = value
        write_bundle(tmp_path / "attack", objects)
        write_bundle(tmp_path / "stix", objects[:3])
        with suppress(UserError):  # a sentence, where nothing is left
            load_path_catalogue(tmp_path / "attack")
        with suppress(UserError):
            load_documents(tmp_path / "stix")


def test_a_sound_bundle_is_read(tmp_path: Path) -> None:
    write_bundle(tmp_path / "attack", [TECHNIQUE, GROUP, USE, TACTIC, RELEASE])
    catalogue = load_path_catalogue(tmp_path / "attack")
    assert catalogue is not None
    assert "T1046" in {entry.upstream_id for entry in catalogue.entries}
