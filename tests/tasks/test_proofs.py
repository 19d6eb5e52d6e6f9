"""Labels against programs and catalogues of others: parsers, scanners, ATT&CK's own relations, CVSS arithmetic."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import hcl2
import pytest
import tree_sitter
import yaml
from sigma.collection import SigmaCollection
from sigma.validation import SigmaValidator
from sigma.validators.core import validators

from hackmentor.data.sources.attack import Technique, load_attack
from hackmentor.exams.cvss_task import compute_base_score
from hackmentor.tasks.code_flaws import CLOUD_FILE, CODE_FILE, fill, load_flaws
from hackmentor.tasks.cvss import PREFIX, explain_score
from hackmentor.tasks.detection_rules import find_fault
from hackmentor.tasks.json_answers import find_json_object
from hackmentor.tasks.sigma_match import load_yaml, matches, parse_condition
from hackmentor.tasks.sigma_rules import load_own_rules
from tests.data.seeds.test_code import GRAMMARS
from tests.tasks.conftest import build_sides

# Bandit's checks in ruff that see the weakness; the others have no rule there.
SCANNED = {
    "python-sql": "S608", "python-shell": "S602", "python-pickle": "S301", "python-tls": "S501",
    "python-random": "S311",
}  # fmt: skip
LEFT_OUT = {"attacktag", "cartag", "d3_fendtag", "duplicate_filename", "filename_length"}
LEFT_OUT |= {"identifier_existence", "identifier_uniqueness"}


def test_techniques_are_those_of_attack() -> None:
    filed = {
        (technique.upstream_id, procedure.text)
        for technique in load_attack().entries
        if isinstance(technique, Technique)
        for procedure in technique.procedures
    }
    for case in build_sides("techniques").cases:
        assert {*case.facts["relations"].items()} <= filed, case.id


def test_hunts_name_the_sources_of_the_analytic_and_no_other_of_the_technique() -> None:
    known: dict[str, set[str]] = {}
    for technique in load_attack().entries:
        if isinstance(technique, Technique):
            pairs = [pair for analytic in technique.analytics for pair in analytic.log_sources]
            known[technique.upstream_id] = {f"{log}: {' '.join(channel.split())}" for log, channel in pairs}
    for case in build_sides("hunting").cases:
        offered = set(re.findall(r"^- (.*)$", case.input, re.MULTILINE))
        right = set(json.loads(case.key)["sources"])
        assert right <= known[case.upstream_id], case.id
        assert offered & known[case.upstream_id] == right, case.id


def test_the_arithmetic_of_scores_comes_to_the_score() -> None:
    for case in build_sides("cvss").cases:
        if case.category == "score":
            (vector,) = case.facts["vectors"]
            told = explain_score(vector)
            raw = re.search(r"= (\d+\.\d+), rounded up", told)
            score = compute_base_score(PREFIX + vector)
            assert score is not None
            # Two decimals are shown of what is rounded up to one.
            assert (score == 0.0) if raw is None else (-0.006 <= score - float(raw[1]) < 0.106), (vector, told)


def test_own_rules_are_valid() -> None:
    chosen = [validator for name, validator in validators.items() if name not in LEFT_OUT]
    for rule in load_own_rules():
        collection = SigmaCollection.from_yaml(rule.text)
        issues = [str(issue) for issue in SigmaValidator(chosen).validate_rules(iter(collection.rules))]
        assert issues == [], rule.title


def test_three_valued_logic() -> None:
    rule = "title: t\nlogsource: {product: x}\ndetection: {a: {F: 1}, b: {G: 2}, condition: a and not b}"
    condition = parse_condition(rule)
    assert matches(condition, {"F": "1", "G": "3"}) is True
    assert matches(condition, {"F": "0"}, frozenset({"G"})) is False
    assert matches(condition, {"F": "1"}, frozenset({"G"})) is None
    assert matches(condition, {"F": "1", "G": "2"}) is False


def test_an_anchor_and_a_nested_repetition_are_not_run() -> None:
    with pytest.raises(ValueError, match="anchors"):
        parse_condition("a: &x [1]\nb: *x")
    rule = {"title": "t", "logsource": {"product": "x"}, "detection": {"a": {"F|re": "(a+)+$"}, "condition": "a"}}
    assert matches(parse_condition(yaml.safe_dump(rule)), {"F": "a" * 60 + "!"}) is False


@pytest.mark.parametrize("language", sorted(GRAMMARS))
def test_pieces_of_code_parse(language: str) -> None:
    module, name = GRAMMARS[language]
    grammar = tree_sitter.Language(getattr(__import__(module), name)())
    parser = tree_sitter.Parser(grammar)
    wanted = {"typescript": ("typescript", "javascript")}.get(language, (language,))
    for flaw in load_flaws(CODE_FILE):
        for text in (flaw.bad, flaw.good) if flaw.language in wanted else ():
            code = fill(text, flaw.list_variants()[0])
            code = f"class Shown {{\n{code}\n}}" if language == "java" else code
            code = f"package shown\n\n{code}" if language == "go" else code
            assert not parser.parse(code.encode()).root_node.has_error, (flaw.id, code)


def test_configurations_parse() -> None:
    for flaw in load_flaws(CLOUD_FILE):
        for text in (flaw.bad, flaw.good):
            code = fill(text, flaw.list_variants()[0])
            if flaw.language == "hcl":
                assert hcl2.loads(f"{code}\n"), flaw.id
            elif flaw.language != "dockerfile":
                assert {"json": json.loads, "yaml": load_yaml}[flaw.language](code), flaw.id


def test_a_scanner_sees_the_weak_version_and_not_the_right_one(tmp_path: Path) -> None:
    for flaw in load_flaws(CODE_FILE):
        if flaw.id in SCANNED:
            names = flaw.list_variants()[0]
            for side, text in (("bad", flaw.bad), ("good", flaw.good)):
                (tmp_path / f"{flaw.id}.{side}.py").write_text(fill(text, names), encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "S", "--output-format", "json"]
    found = json.loads(subprocess.run([*command, str(tmp_path)], capture_output=True, text=True).stdout)
    codes = {(Path(one["filename"]).name, one["code"]) for one in found}
    for flaw_id, code in SCANNED.items():
        assert (f"{flaw_id}.bad.py", code) in codes
        assert (f"{flaw_id}.good.py", code) not in codes


def test_a_rule_of_a_model_may_not_read_files(tmp_path: Path) -> None:
    other = tmp_path / "other.yar"
    other.write_text("rule other { condition: true }", encoding="utf-8")
    rule = f'include "{other}"\nrule one {{ condition: true }}'
    assert find_fault({"engine": "yara", "match": [], "miss": []}, rule).startswith("yara: ")


def test_json_is_found_in_any_answer() -> None:
    assert find_json_object('As asked: {"a": {"b": 1}} and {"c": [2]}.') == {"c": [2]}
    assert find_json_object('```json\n{"a": 1}\n```\nas in {"b": 2}') == {"a": 1}
    assert find_json_object("{not json} at all") is None
