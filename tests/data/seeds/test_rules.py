"""Rules, queries, vectors and infrastructure that seeds show, each given to its own tool.

The tools in Python are in the dev extra. Two are not: terraform and, for Kusto, @kusto/language-service-next in a
node_modules that $KUSTO_NODE_MODULES names; without them their tests are skipped. Suricata itself isn't to be had as a
package: its rules are read by suricataparser and checked for the order of their options.
"""

import json
import os
import re
import shutil
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import check_jsonschema
import cvss
import hcl2
import jsonschema
import pytest
import suricataparser
import yaml
import yara
from sigma.backends.splunk import SplunkBackend
from sigma.collection import SigmaCollection
from sigma.validation import SigmaValidator
from sigma.validators.core import validators

from tests.data.seeds.blocks import Shown, blocks, events, texts

EVENTS = events("events.json")
VECTOR = re.compile(r"CVSS:(?:3\.[01]|4\.0)(?:/[A-Z]{1,3}:[A-Z][a-z]*)+")
SCORE = re.compile(r"(?i)score (?:is|of|falls to|rises to|becomes|stays) (?:about )?(\d{1,2}\.\d)")
# What needs a repository of rules, or MITRE's data from the network; the ids of techniques are checked elsewhere.
LEFT_OUT = {"attacktag", "cartag", "d3_fendtag", "duplicate_filename", "filename_length"}
LEFT_OUT |= {"identifier_existence", "identifier_uniqueness"}
# What Splunk's searches in the seeds are made of; anything else in that place is a slip of the pen.
SPL = {
    *(
        "search",
        "stats",
        "eventstats",
        "streamstats",
        "tstats",
        "where",
        "eval",
        "rex",
        "table",
        "sort",
        "head",
        "dedup",
    ),
    *(
        "lookup",
        "inputlookup",
        "outputlookup",
        "join",
        "convert",
        "makecontinuous",
        "bin",
        "bucket",
        "timechart",
        "top",
    ),
    *("fields", "rename", "fillnull", "mvexpand", "append", "spath", "iplocation", "rare", "makeresults"),
}


def sigma_documents() -> list[tuple[Shown, str]]:
    return [(shown, shown.code) for shown in blocks("yaml", part="answer") if "logsource:" in shown.code]


def broken_sigma() -> set[str]:
    return {shown.seed for shown in blocks("yaml", part="input") if "logsource:" in shown.code}


@pytest.mark.parametrize("shown", [shown for shown, _ in sigma_documents()], ids=str)
def test_sigma_parses_and_converts(shown: Shown) -> None:
    rules = SigmaCollection.from_yaml(shown.code)
    assert not rules.errors
    assert find_sigma_issues(rules) == []
    for rule in rules.rules:
        assert str(rule.title)
        assert rule.level is not None
        assert not any(part.isupper() for tag in rule.tags for part in (tag.name,)), shown
    assert SplunkBackend().convert(rules)


def find_sigma_issues(rules: SigmaCollection) -> list[str]:
    """What pySigma's own validators find."""
    chosen = [validator for name, validator in validators.items() if name not in LEFT_OUT]
    return [str(issue) for issue in SigmaValidator(chosen).validate_rules(iter(rules.rules))]


def test_the_validators_notice_a_fault() -> None:
    shown = next(shown for shown, _ in sigma_documents() if "|endswith" in shown.code and "\n---" not in shown.code)
    rule = yaml.safe_load(shown.code)
    rule["detection"]["unused"] = {"Image": "x"}
    assert "DanglingDetection" in " ".join(find_sigma_issues(SigmaCollection.from_yaml(yaml.safe_dump(rule))))


@pytest.mark.parametrize("shown", [shown for shown, _ in sigma_documents() if shown.seed in EVENTS], ids=str)
def test_sigma_matches_what_it_should_and_nothing_else(shown: Shown) -> None:
    rule = SigmaCollection.from_yaml(shown.code).rules[0]
    condition = rule.detection.parsed_condition[0].parsed
    wanted = EVENTS[shown.seed]
    assert wanted["match"]
    assert wanted["miss"]
    assert [event for event in wanted["match"] if not holds(condition, event)] == []
    assert [event for event in wanted["miss"] if holds(condition, event)] == []


def holds(node: Any, event: Any) -> bool:
    """Whether a parsed Sigma condition is true of an event: a small evaluator over pySigma's own tree."""
    kind = type(node).__name__
    if kind == "ConditionAND":
        return all(holds(part, event) for part in node.args)
    if kind == "ConditionOR":
        return any(holds(part, event) for part in node.args)
    if kind == "ConditionNOT":
        return not holds(node.args[0], event)
    if kind == "ConditionFieldEqualsValueExpression":
        return value_holds(node.value, event.get(node.field), event)
    assert kind == "ConditionValueExpression", kind
    return any(value_holds(node.value, value, event) for value in event.values())


def value_holds(value: Any, found: Any, event: Any) -> bool:
    kind = type(value).__name__
    if kind == "SigmaExists":
        return bool(value.exists) == (found is not None)
    if kind == "SigmaFieldReference":
        return found is not None and found == event.get(value.field)
    if found is None:
        return kind == "SigmaNull"
    if kind == "SigmaNumber":
        return str(found) == str(value.number)
    if kind == "SigmaRegularExpression":
        flags = re.IGNORECASE if any(flag.name == "IGNORECASE" for flag in value.flags) else 0
        return re.search(str(value.regexp), str(found), flags) is not None
    if kind == "SigmaCompareExpression":
        number, least = float(found), float(value.number.number)
        return {"<": number < least, "<=": number <= least, ">": number > least, ">=": number >= least}[value.op.value]
    if kind == "SigmaCIDRExpression":
        return ip_address(found) in ip_network(value.cidr)
    if kind == "SigmaBool":
        return str(found).lower() == str(value.boolean).lower()
    if kind == "SigmaExpansion":
        return any(value_holds(one, found, event) for one in value.values)
    assert kind == "SigmaString", kind
    wild = {"WILDCARD_MULTI": ".*", "WILDCARD_SINGLE": "."}
    pattern = "".join(re.escape(part) if isinstance(part, str) else wild[part.name] for part in value.s)
    return re.fullmatch(pattern, str(found), re.IGNORECASE | re.DOTALL) is not None


@pytest.mark.parametrize("shown", blocks("yara", part="answer"), ids=str)
def test_yara_compiles_and_matches(shown: Shown) -> None:
    rule = yara.compile(source=shown.code)
    wanted = EVENTS.get(shown.seed, {"match": [], "miss": []})
    assert [text for text in wanted["match"] if not rule.match(data=raw(text))] == []
    assert [text for text in wanted["miss"] if rule.match(data=raw(text))] == []


def raw(text: object) -> bytes:
    """Bytes of a sample: text, or hexadecimal behind "hex:"."""
    assert isinstance(text, str)
    head, _, rest = text.partition("hex:")
    return bytes.fromhex(rest) if not head and rest else text.encode("latin-1")


@pytest.mark.parametrize("shown", blocks("suricata", part="answer"), ids=str)
def test_suricata_rules_parse(shown: Shown) -> None:
    lines = [line for line in shown.code.splitlines() if line.strip() and not line.startswith("#")]
    rules = suricataparser.parse_rules("\n".join(lines))
    assert len(rules) == len(lines)
    for rule, line in zip(rules, lines, strict=True):
        assert rule.enabled
        assert re.match(r"(alert|drop|pass) \w+ \S+ \S+ -> \S+ \S+ \(", line), line
        names = [option.name for option in rule.options]
        assert {"msg", "sid", "rev"} <= set(names)
        assert 1_000_000 <= int(rule.sid) < 2_000_000
        # A modifier of a pattern has to follow one.
        for place, name in enumerate(names):
            if name in {"nocase", "depth", "offset", "within", "distance", "startswith", "endswith", "fast_pattern"}:
                assert "content" in names[:place], line
        assert line.count('"') % 2 == 0
    sids = [rule.sid for rule in rules]
    assert len(set(sids)) == len(sids)


PARSE_KUSTO = """
require("@kusto/language-service-next/bridge.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.js");
const parse = (text) => {
  const found = globalThis.Kusto.Language.KustoCode.Parse(text).GetSyntaxDiagnostics();
  const all = [];
  for (let i = 0; i < (found.Count ?? found.length); i++) {
    all.push((found.getItem ? found.getItem(i) : found[i]).Message);
  }
  return all;
};
const queries = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(Object.fromEntries(Object.entries(queries).map(([k, v]) => [k, parse(v)]))));
"""


@pytest.fixture(scope="session")
def kusto() -> Path:
    """A node_modules with Microsoft's Kusto parser, by $KUSTO_NODE_MODULES or where npm keeps global packages."""
    places = [os.environ.get("KUSTO_NODE_MODULES", ""), "/usr/lib/node_modules", "/usr/local/lib/node_modules"]
    for place in filter(None, places):
        if shutil.which("node") and (Path(place) / "@kusto" / "language-service-next").is_dir():
            return Path(place)
    pytest.skip("needs node with @kusto/language-service-next (KUSTO_NODE_MODULES)")


def test_kusto_parses(kusto: Path) -> None:
    queries = {str(shown): shown.code for shown in blocks("kusto", part="answer")}
    assert len(queries) >= 5
    done = subprocess.run(
        ["node", "-e", PARSE_KUSTO],
        input=json.dumps(queries),
        capture_output=True,
        text=True,
        check=True,
        env={"NODE_PATH": str(kusto), "PATH": "/usr/bin:/usr/local/bin"},
    )
    assert json.loads(done.stdout) == {name: [] for name in queries}


@pytest.mark.parametrize("shown", blocks("spl", part="answer"), ids=str)
def test_splunk_searches_are_made_of_commands(shown: Shown) -> None:
    text = re.sub(r"```.*?```", "", shown.code, flags=re.DOTALL)
    bare = re.sub(r'"(?:\\.|[^"\\])*"', '""', text)
    for left, right in ("()", "[]", "{}"):
        assert bare.count(left) == bare.count(right)
    assert bare.count('"') % 2 == 0
    assert re.match(r"\s*(search |index=|\(index=|\||`)", bare), shown.code
    named = re.findall(r"\|\s*([a-z]+)", bare)
    assert set(named) <= SPL, set(named) - SPL


@pytest.mark.parametrize("shown", blocks("hcl", part="answer") + blocks("hcl", part="input"), ids=str)
def test_terraform_parses(shown: Shown) -> None:
    assert hcl2.loads(shown.code + "\n")


@pytest.mark.skipif(not shutil.which("terraform"), reason="needs terraform")
def test_terraform_is_formatted() -> None:
    for shown in blocks("hcl", part="answer"):
        done = subprocess.run(
            ["terraform", "fmt", "-"], input=shown.code + "\n", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{shown}: {done.stderr}"
        assert done.stdout.strip() == shown.code.strip(), shown


@pytest.mark.parametrize("shown", blocks("yaml"), ids=str)
def test_yaml_parses_and_workflows_and_objects_are_whole(shown: Shown) -> None:
    for document in yaml.safe_load_all(shown.code):
        assert document
        if isinstance(document, dict) and "apiVersion" in document:
            assert {"kind", "metadata"} <= set(document), shown
        if isinstance(document, dict) and "jobs" in document:
            # YAML 1.1 reads the key "on" as true.
            assert True in document or "on" in document, shown
            assert all("steps" in job or "uses" in job for job in document["jobs"].values()), shown


def test_workflows_fit_their_schema() -> None:
    folder = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor"
    schema = json.loads((folder / "github-workflows.json").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    workflows = [shown for shown in blocks("yaml", part="answer") if "runs-on:" in shown.code]
    assert len(workflows) >= 3
    for shown in workflows:
        # YAML 1.1 reads the key "on" as true.
        workflow = {"on" if key is True else key: value for key, value in yaml.safe_load(shown.code).items()}
        assert [error.message for error in validator.iter_errors(workflow)] == [], shown
    assert list(validator.iter_errors({"on": "push", "jobs": {"a": {"steps": []}}}))


@pytest.mark.parametrize("shown", blocks("json"), ids=str)
def test_json_parses(shown: Shown) -> None:
    assert json.loads(shown.code)


def vectors() -> list[tuple[str, str, str]]:
    return [(name, part, text) for name, part, text in texts() if part == "answer" and VECTOR.search(text)]


@pytest.mark.parametrize("case", vectors(), ids=lambda case: f"{case[0]}-{case[1]}")
def test_cvss_vectors_are_valid(case: tuple[str, str, str]) -> None:
    for vector in VECTOR.findall(case[2]):
        made = cvss.CVSS4(vector) if vector.startswith("CVSS:4") else cvss.CVSS3(vector)
        assert made.scores()


def test_cvss_scores_are_those_of_a_shown_vector() -> None:
    shown: dict[str, list[str]] = {}
    said: dict[str, list[str]] = {}
    for name, part, text in texts():
        # A question may show a broken vector on purpose.
        if part == "answer" or "mistakes" not in text:
            shown.setdefault(name, []).extend(VECTOR.findall(text))
        if part == "answer":
            said.setdefault(name, []).extend(SCORE.findall(text))
    for name, found in shown.items():
        if not found:
            continue
        right = {
            str(float(score))
            for vector in found
            for score in (cvss.CVSS4(vector) if vector.startswith("CVSS:4") else cvss.CVSS3(vector)).scores()
            if score is not None
        }
        assert set(said.get(name, [])) <= right, f"{name}: {said.get(name)} against {right}"


def test_evidence_of_a_technique_stands_in_the_text() -> None:
    inputs = {name: text for name, part, text in texts() if part == "input"}
    shown = [block for block in blocks("json", part="answer") if '"evidence"' in block.code]
    assert shown
    for block in shown:
        for item in json.loads(block.code):
            assert item["evidence"] in inputs[block.seed], f"{block}: {item['evidence']}"
