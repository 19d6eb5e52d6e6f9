"""ATLAS, D3FEND and ATT&CK for ICS from the installed galaxy: what is read, repaired and left out, and what is told."""

import re
from pathlib import Path

import pytest

from hackmentor.data.build import build_dataset
from hackmentor.data.compose import compose_records
from hackmentor.data.compose.atlas_advice import ADVICE
from hackmentor.data.compose.d3fend_tasks import MAX_BREADTH, VERBS
from hackmentor.data.compose.ics_watch import ENDANGERING, WATCH
from hackmentor.data.compose.ics_wordings import ASSET_CHECK, ASSET_NAMES
from hackmentor.data.compose.template import EntryIndex
from hackmentor.data.recipe import DatasetRecipe
from hackmentor.data.sources import load_source
from hackmentor.data.sources.atlas import AtlasTechnique
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.catalogue import EntryRef
from hackmentor.data.sources.d3fend import Defence, DefendedTechnique
from hackmentor.data.sources.ics import IcsAsset, IcsTechnique
from hackmentor.records.record import Record, Shape
from tests.data.seams import find_seams

SOURCES = ("atlas", "d3fend", "ics")
LICENCES = {"atlas": "Apache-2.0", "d3fend": "MIT", "ics": "ATT&CK Terms of Use"}


def compose(source: str, shape: Shape = "iio") -> list[Record]:
    catalogue = load_source(source)
    return list(compose_records(EntryIndex(catalogue.entries), catalogue.origin, shape, seed=3))


def index(source: str, kind: type) -> dict[str, object]:
    return {entry.upstream_id: entry for entry in load_source(source).entries if isinstance(entry, kind)}


@pytest.mark.parametrize("source", SOURCES)
def test_no_record_shows_a_seam(source: str) -> None:
    records = [*compose(source), *compose(source, "turn")]
    assert len(records) > 100
    assert [(record.id, seam) for record in records for seam in find_seams(record)] == []
    assert all(LICENCES[source] in record.licence and record.source == source for record in records)
    assert len({(record.shape, record.id) for record in records}) == len(records)
    assert len({entry.upstream_id for entry in load_source(source).entries}) == len(load_source(source).entries)


def test_a_form_of_a_technique_is_named_with_it_and_split_with_it() -> None:
    direct = index("atlas", AtlasTechnique)["AML.T0051.000"]
    assert isinstance(direct, AtlasTechnique)
    assert (direct.name, direct.split_key) == ("LLM Prompt Injection: Direct", "AML.T0051")
    assert direct.parent
    assert direct.parent.id == "AML.T0051"


def test_a_form_that_hangs_below_a_stranger_is_put_right() -> None:
    """The galaxy links Domains to Discover LLM Hallucinations, and gives it the tactic of that."""
    domains = index("atlas", AtlasTechnique)["AML.T0008.002"]
    assert isinstance(domains, AtlasTechnique)
    assert domains.parent == EntryRef("AML.T0008", "Acquire Infrastructure")
    assert domains.tactics == ("Resource Development",)


def test_advice_by_hand_is_about_techniques_that_exist() -> None:
    assert set(ADVICE) <= set(index("atlas", AtlasTechnique))
    assert set(WATCH) <= set(index("ics", IcsTechnique))
    assert set(WATCH) >= ENDANGERING
    assets = [entry for entry in load_source("ics").entries if isinstance(entry, IcsAsset)]
    assert {asset.name for asset in assets} == set(ASSET_NAMES)
    assert {asset.upstream_id for asset in assets} == set(ASSET_CHECK)
    verbs = {entry.verb for entry in load_source("d3fend").entries if isinstance(entry, Defence)} - {""}
    assert verbs <= set(VERBS)


def test_defences_follow_the_installed_release_of_attack() -> None:
    catalogue = load_source("d3fend")
    techniques = {
        entry.upstream_id: entry.name for entry in load_source("attack").entries if isinstance(entry, Technique)
    }
    defended = [entry for entry in catalogue.entries if isinstance(entry, DefendedTechnique)]
    assert {item.upstream_id: item.name for item in defended}.items() <= techniques.items()
    assert len(catalogue.left_out["technique that ATT&CK has retired"]) == 4
    for item in defended:
        breadths = [defence.breadth for defence in item.defences]
        assert breadths == sorted(breadths)


def test_a_plan_names_no_defence_that_is_tied_to_half_of_attack() -> None:
    defences = [entry for entry in load_source("d3fend").entries if isinstance(entry, Defence)]
    breadth = {entry.upstream_id: len(entry.techniques) for entry in defences}
    plans = [record for record in compose("d3fend") if record.task == "d3fend.plan"]
    named = {name for record in plans for name in re.findall(r"\((D3-\w+)\)", record.output)}
    assert named
    assert max(breadth[name] for name in named) <= MAX_BREADTH
    assert max(breadth.values()) > MAX_BREADTH


def test_a_relation_is_never_told_as_cover() -> None:
    judged = [record for record in compose("d3fend") if record.task == "d3fend.judge"]
    assert len(judged) > 50
    assert all(re.match(r"No\b|Not by|That would be too quick", record.output) for record in judged)


def test_ids_of_control_systems_are_those_of_today() -> None:
    techniques = {entry.upstream_id: entry for entry in load_source("ics").entries if isinstance(entry, IcsTechnique)}
    assert all(re.fullmatch(r"T0\d{3}", key) for key in techniques)
    # The galaxy gives the first three the ids of others.
    names = {"T0812": "Default Credentials", "T0853": "Scripting", "T0883": "Internet Accessible Device"}
    names |= {"T0811": "Data from Information Repositories", "T0867": "Lateral Tool Transfer"}
    assert {key: techniques[key].name for key in names} == names
    assert techniques["T0857"].tactics == ("Persistence", "Inhibit Response Function")
    assert len({tactic for item in techniques.values() for tactic in item.tactics}) == 11
    assert "T0810" in load_source("ics").left_out["technique that ATT&CK has retired"]
    text = "".join(load_source("ics").iter_texts())
    assert "â€" not in text
    assert "users’ access" in text or "users' access" in text


@pytest.mark.parametrize("source", SOURCES)
def test_a_dataset_is_built_from_one_by_name(source: str, tmp_path: Path) -> None:
    recipe = DatasetRecipe(name="iio", shape="iio", sources=[source], seed=0, eval_fraction=0.1)
    card = build_dataset(recipe, tmp_path)
    assert card.train.by_source.keys() == {source}
    assert "misp-galaxy" in card.upstream_versions[source]
    assert LICENCES[source] in card.licences[source]
    assert card.packages["pymispgalaxies"]
    assert card.text["all"].catalogue_share < 0.35
    assert card.text["all"].repeated_sentences < 0.15
