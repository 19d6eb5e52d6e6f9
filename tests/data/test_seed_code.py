"""What seeds show as code, rules and vectors has to be what it says it is."""

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
import yaml

from hackmentor.data.sources import load_source
from hackmentor.data.sources.seeds import Seed

FENCE = re.compile(r"^```(\w*)\n(.*?)\n```$", re.DOTALL | re.MULTILINE)
LANGUAGES = {"bash", "c", "hcl", "kusto", "nftables", "nginx", "python", "suricata", "yaml", "yara"}
CVSS = re.compile(
    r"CVSS:3\.[01]/AV:(?P<AV>[NALP])/AC:(?P<AC>[LH])/PR:(?P<PR>[NLH])/UI:(?P<UI>[NR])/S:(?P<S>[UC])"
    r"/C:(?P<C>[NLH])/I:(?P<I>[NLH])/A:(?P<A>[NLH])"
)
SIGMA_WORDS = {"and", "or", "not", "of", "them", "all", "1"}


@pytest.fixture(scope="module")
def all_seeds() -> list[Seed]:
    return [entry for entry in load_source("seeds").entries if isinstance(entry, Seed)]


def blocks(seeds: list[Seed], language: str) -> Iterator[tuple[Seed, str]]:
    for seed in seeds:
        for name, code in FENCE.findall(seed.answer):
            if name == language:
                yield seed, code


def test_every_block_is_closed_and_names_its_language(all_seeds: list[Seed]) -> None:
    for seed in all_seeds:
        found = FENCE.findall(seed.answer)
        assert seed.answer.count("```") == 2 * len(found), seed.upstream_id
        assert {name for name, _ in found} <= LANGUAGES, seed.upstream_id
    assert {name for seed in all_seeds for name, _ in FENCE.findall(seed.answer)} == LANGUAGES


def test_python_parses(all_seeds: list[Seed]) -> None:
    assert [ast.parse(code) for _, code in blocks(all_seeds, "python")]


def test_json_inputs_parse(all_seeds: list[Seed]) -> None:
    assert [json.loads(seed.input) for seed in all_seeds if seed.input.startswith("{")]


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_parses(all_seeds: list[Seed]) -> None:
    for seed, code in blocks(all_seeds, "bash"):
        checked = subprocess.run(["bash", "-n"], input=code, text=True, capture_output=True, check=False)
        assert checked.returncode == 0, f"{seed.upstream_id}: {checked.stderr}"


def test_yaml_is_a_sigma_rule_or_a_kubernetes_object(all_seeds: list[Seed]) -> None:
    rules = 0
    for seed, code in blocks(all_seeds, "yaml"):
        document = yaml.safe_load(code)
        if "detection" not in document:
            assert {"apiVersion", "kind", "metadata", "spec"} <= set(document), seed.upstream_id
            continue
        rules += 1
        assert {"title", "logsource", "detection", "level"} <= set(document), seed.upstream_id
        condition = document["detection"].pop("condition")
        named = set(re.findall(r"\w+", condition)) - SIGMA_WORDS
        assert named == set(document["detection"]), seed.upstream_id
        techniques = {tag.removeprefix("attack.").upper() for tag in document["tags"] if re.search(r"\.t\d", tag)}
        assert techniques == set(seed.refs), seed.upstream_id
    assert rules


def test_yara_regex_matches_what_it_should(all_seeds: list[Seed]) -> None:
    (rule,) = [code for _, code in blocks(all_seeds, "yara")]
    (pattern,) = re.findall(r"= /(.+)/ nocase", rule)
    shell = re.compile(pattern, re.IGNORECASE)
    assert shell.search('@eval($_POST["x"]);')
    assert shell.search("system ( $_GET ['c'] );")
    assert shell.search("EVAL(base64_decode($_COOKIE[0]));")
    assert not shell.search('echo htmlspecialchars($_GET["q"]);')
    assert set(re.findall(r"\$[a-z]+\b(?= =)", rule)) == set(re.findall(r"\$[a-z]+", rule.partition("condition:")[2]))


def test_cvss_vectors_have_the_score_that_is_stated(all_seeds: list[Seed]) -> None:
    shown = [seed for seed in all_seeds if "CVSS:" in seed.input + seed.answer]
    assert shown
    for seed in shown:
        vector = CVSS.fullmatch(seed.input)
        assert vector, seed.upstream_id
        assert f"The base score is {base_score(vector.groupdict())}," in seed.answer


def base_score(m: dict[str, str]) -> float:
    """The base score for an unchanged scope, CVSS v3.1 specification, section 7.1."""
    assert m["S"] == "U"
    weight = {"H": 0.56, "L": 0.22, "N": 0.0}
    impact = 6.42 * (1 - (1 - weight[m["C"]]) * (1 - weight[m["I"]]) * (1 - weight[m["A"]]))
    ease = {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2}[m["AV"]] * {"L": 0.77, "H": 0.44}[m["AC"]]
    ease *= {"N": 0.85, "L": 0.62, "H": 0.27}[m["PR"]] * {"N": 0.85, "R": 0.62}[m["UI"]] * 8.22
    return -(-int(min(impact + ease, 10) * 100_000) // 10_000) / 10 if impact > 0 else 0.0
