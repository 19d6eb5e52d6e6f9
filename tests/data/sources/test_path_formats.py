"""Public sources by path: each real format gives records with its licence, and says what it left out."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hackmentor.data.build import build_dataset
from hackmentor.data.compose import compose_records
from hackmentor.data.compose.template import EntryIndex
from hackmentor.data.open_sources import open_record_sources
from hackmentor.data.recipe import DatasetRecipe
from hackmentor.data.record_sources import ComposedSource
from hackmentor.data.sources import load_source
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_bundle import align_catalogue
from hackmentor.data.sources.catalogue import Catalogue, EntryRef
from hackmentor.data.sources.cwe import CATALOGUE_FILE, PACKAGE
from hackmentor.data.sources.cwe_weakness import Weakness
from hackmentor.data.sources.d3fend import Defence, DefendedTechnique
from hackmentor.data.sources.installed_packages import find_package_file
from hackmentor.data.sources.path_formats import load_path_catalogue
from hackmentor.data.sources.sigma import Alert
from hackmentor.records.record import Record
from hackmentor.runtime.errors import UserError
from tests.data.seams import find_seams
from tests.data.sources import public_files as files

# Written by, name of the source, tasks, licence.
FORMATS = (
    (files.write_kev, "cve:known_exploited_vulnerabilities.json", {"cve.weakness", "cve.priority"}, "CC0-1.0"),
    (files.write_nvd, "cve:nvd.json", {"cve.vector"}, "public domain"),
    (files.write_cve5, "cve:CVE-2025-30002.json", set(), "CVE Terms of Use"),
    (files.write_ghsa, "cve:GHSA-aaaa-bbbb-cccc.json", {"cve.vector"}, "CC-BY-4.0"),
    (files.write_sigma, "rules:sigma", {"rule.write", "rule.read"}, "DRL"),
    (files.write_atomic, "atomic:T1082.yaml", {"atomic.test", "atomic.recognise"}, "MIT"),
    (files.write_capec, "capec:capec.xml", {"capec.dossier"}, "CAPEC Terms of Use"),
    (files.write_cwe, "cwe:cwec_v4.19.xml", {"cwe.dossier"}, "CWE Terms of Use"),
    (files.write_prowler_wheel, "checks:prowler-1-py3-none-any.whl", {"check.finding"}, "Apache-2.0"),
    (files.write_patterns, "patterns:patterns", {"pattern.explain"}, "as the rule set states it"),
    (files.write_attack_bundle, "attack:enterprise-attack-19.1.json", {"attack.mitigations"}, "ATT&CK Terms of Use"),
)


def load(path: Path) -> Catalogue:
    catalogue = load_path_catalogue(path)
    assert catalogue
    return catalogue


def compose(catalogue: Catalogue) -> list[Record]:
    return list(compose_records(EntryIndex(catalogue.entries), catalogue.origin, "iio", seed=1))


@pytest.mark.parametrize(("write", "name", "tasks", "licence"), FORMATS)
def test_each_format_gives_records_with_its_licence(
    write: Callable[[Path], Path], name: str, tasks: set[str], licence: str, tmp_path: Path
) -> None:
    catalogue = load(write(tmp_path))
    assert catalogue.origin.name == name
    assert licence in catalogue.origin.licence
    records = compose(catalogue)
    assert tasks <= {record.task for record in records}
    assert all(licence in record.licence and record.source == name for record in records)
    assert [seam for record in records for seam in find_seams(record)] == []


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    assert load(files.write_kev(tmp_path)).left_out == {"description of fewer than 12 words": ["CVE-2024-10002"]}
    assert load(files.write_sigma(tmp_path)).left_out == {"YAML that does not parse": ["rules/broken.yml"]}
    assert len(load(files.write_atomic(tmp_path)).entries) == 1
    assert load(files.write_capec(tmp_path)).left_out == {"deprecated, or without a description": ["CAPEC-9002"]}


def test_weaknesses_of_a_later_release_replace_the_packaged_ones(tmp_path: Path) -> None:
    path = files.write_cwe(tmp_path)
    catalogue = load(path)
    assert (catalogue.origin.upstream_version, catalogue.origin.released) == ("4.19", "2026-03-05")
    weaknesses = [entry for entry in catalogue.entries if isinstance(entry, Weakness)]
    assert [item.upstream_id for item in weaknesses] == ["CWE-99001", "CWE-99002"]
    assert weaknesses[0].parents == (EntryRef("CWE-99002", "Example Class of Weaknesses"),)
    assert weaknesses[0].mitigations[0].phases == ("Implementation",)
    assert catalogue.left_out["deprecated or obsolete"] == ["CWE-99003"]
    assert catalogue.left_out["weakness without a number"] == ["x"]
    with pytest.raises(UserError, match=r"cwe and cwec_v4\.19\.xml are one catalogue"):
        open_record_sources(
            DatasetRecipe(name="iio", shape="iio", sources=["cwe", str(path)], seed=0, eval_fraction=0.2)
        )


def test_the_packaged_weaknesses_by_path_are_the_same() -> None:
    packaged = load_source("cwe")
    by_path = load(find_package_file(PACKAGE, CATALOGUE_FILE))
    assert by_path.entries == packaged.entries
    assert by_path.left_out == packaged.left_out
    assert by_path.origin.upstream_version == packaged.origin.upstream_version


def test_of_two_releases_of_weaknesses_the_later_one_counts(tmp_path: Path) -> None:
    files.write_cwe(tmp_path)
    older = files.CWE.replace("4.19", "4.18").replace("2026-03-05", "2025-09-09").replace("Example Class", "Old Class")
    # The order of names must not decide.
    (tmp_path / "later_in_the_alphabet.xml").write_text(older, encoding="utf-8")
    catalogue = load(tmp_path)
    assert catalogue.origin.upstream_version == "4.19"
    assert "Old Class" not in "".join(catalogue.iter_texts())


def test_a_weakness_that_nests_deeply_is_left_out(tmp_path: Path) -> None:
    deep = "<xhtml:div>" * 3_000 + "a" + "</xhtml:div>" * 3_000
    weakness = f'<Weakness ID="99004" Name="Deep" Status="Draft"><Description>{deep}</Description></Weakness>'
    (tmp_path / "cwec.xml").write_text(files.CWE.replace("</Weaknesses>", f"{weakness}</Weaknesses>"), encoding="utf-8")
    catalogue = load(tmp_path / "cwec.xml")
    assert catalogue.left_out["nested too deeply"] == ["CWE-99004"]
    assert len(catalogue.entries) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (files.CWE.replace("cwe-7", "cwe-6"), "not of CWE's schema 7"),
        (files.CWE.replace("</Weaknesses>", ""), "XML that does not parse"),
        (files.CWE.replace("<Weakness_Catalog", '<!DOCTYPE a [<!ENTITY b "c">]><Weakness_Catalog'), "does not parse"),
    ],
)
def test_weaknesses_that_cannot_be_read_are_refused(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "cwec.xml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=reason):
        load(tmp_path / "cwec.xml")


def test_a_rule_is_told_field_by_field(tmp_path: Path) -> None:
    records = {record.task: record for record in compose(load(files.write_sigma(tmp_path)))}
    told = records["rule.read"].output
    assert "`Image` ends with `" in told
    assert "`CommandLine` contains " in told
    assert "`ParentImage` is absent" in told
    assert "`selection and not filter`" in told
    assert records["rule.write"].output.startswith("```yaml\ntitle: Example Tool")
    assert records["rule.write"].licence.endswith("; author: Example Author")


def test_a_weakness_is_argued_with_words_of_the_text(tmp_path: Path) -> None:
    records = [record for record in compose(load(files.write_kev(tmp_path))) if record.task == "cve.weakness"]
    for record in records:
        quoted = record.output.split('"')[1]
        assert "CWE-89" in record.output
        assert quoted in record.input


def test_a_bundle_of_a_later_release_is_read_as_it_is_now(tmp_path: Path) -> None:
    catalogue = load(files.write_attack_bundle(tmp_path))
    assert (catalogue.origin.upstream_version, catalogue.origin.released) == ("ATT&CK 19.1", "2026-04-28")
    techniques = {entry.upstream_id: entry for entry in catalogue.entries if isinstance(entry, Technique)}
    assert set(techniques) == {"T1685", "T1036"}
    assert techniques["T1685"].tactics == ("Defense Impairment",)
    assert techniques["T1685"].mitigations[0].text == "Let no user stop the agent."
    assert techniques["T1036"].mitigations[0].text == ""
    text = "\n".join(record.to_text() for record in compose(catalogue))
    assert "Defense Evasion" not in text
    assert "T1562" not in text


def test_alerts_follow_the_release_of_a_bundle(tmp_path: Path) -> None:
    release = load(files.write_attack_bundle(tmp_path)).attack
    assert release
    alerts = [entry for entry in align_catalogue(load_source("sigma"), release).entries if isinstance(entry, Alert)]
    before = [entry for entry in load_source("sigma").entries if isinstance(entry, Alert)]
    assert any(ref.id == "T1562.001" for alert in before for ref in alert.techniques)
    ids = {ref.id for alert in alerts for ref in alert.techniques}
    assert "T1685" in ids
    assert ids <= {"T1685", "T1036"}
    assert not any("Defense Evasion" in alert.tactics for alert in alerts)


def test_defences_follow_the_release_of_a_bundle(tmp_path: Path) -> None:
    release = load(files.write_attack_bundle(tmp_path)).attack
    assert release
    before = {entry.upstream_id: entry for entry in load_source("d3fend").entries}
    old = before["T1562.001"]
    assert isinstance(old, DefendedTechnique)
    aligned = align_catalogue(load_source("d3fend"), release).entries
    defended = {entry.upstream_id: entry for entry in aligned if isinstance(entry, DefendedTechnique)}
    assert set(defended) == {"T1685", "T1036"} & ({"T1685"} | before.keys())
    assert set(old.defences) <= set(defended["T1685"].defences)
    named = {ref.id for entry in aligned if isinstance(entry, Defence) for ref in entry.techniques}
    assert named == set(defended)


def test_a_dataset_is_built_from_files_by_path(tmp_path: Path) -> None:
    kev, sigma = files.write_kev(tmp_path), files.write_sigma(tmp_path)
    recipe = DatasetRecipe(name="iio", shape="iio", sources=[str(kev), str(sigma)], seed=0, eval_fraction=0.2)
    card = build_dataset(recipe, tmp_path / "built")
    assert set(card.train.by_source) == {"cve:known_exploited_vulnerabilities.json", "rules:sigma"}
    assert card.released == {"cve:known_exploited_vulnerabilities.json": "2024-11-02", "rules:sigma": "2025-06-01"}
    assert card.dropped["rules:sigma: YAML that does not parse"].count == 1


def test_a_folder_of_documents_stays_one_of_documents(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"note{number}.md").write_text(
            "# Notes\n\nKeep the logs for a year, on disks that nobody else uses.\n"
        )
    (tmp_path / "rule.yml").write_text(files.SIGMA.format(number=1), encoding="utf-8")
    assert load_path_catalogue(tmp_path) is None


def test_files_of_which_nothing_can_be_used_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        files.SIGMA.format(number=1).replace("experimental", "deprecated"), encoding="utf-8"
    )
    with pytest.raises(UserError, match=r"nothing in it can be used: deprecated rule \(1\)"):
        load_path_catalogue(tmp_path / "a.yml")


def test_an_own_bundle_without_tactics_stays_a_document(tmp_path: Path) -> None:
    path = tmp_path / "intel.json"
    path.write_text(
        '{"type": "bundle", "id": "bundle--1", "objects": [{"type": "malware", "id": "malware--1", "name": "X"}]}'
    )
    assert load_path_catalogue(path) is None


def test_a_release_by_path_replaces_the_installed_one(tmp_path: Path) -> None:
    bundle = files.write_attack_bundle(tmp_path)
    recipe = DatasetRecipe(name="iio", shape="iio", sources=[str(bundle), "sigma"], seed=0, eval_fraction=0.2)
    sources = [source for source in open_record_sources(recipe) if isinstance(source, ComposedSource)]
    ids = {ref.id for entry in sources[1].catalogue.entries if isinstance(entry, Alert) for ref in entry.techniques}
    assert ids <= {"T1685", "T1036"}
