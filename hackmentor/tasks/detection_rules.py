"""Task: YARA and Suricata rules, written for a described sample or request, and repaired."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from hackmentor.exams.item import ExamItem, Mark
from hackmentor.tasks.case import Case
from hackmentor.tasks.detection_samples import FAMILIES, Family, build_family
from hackmentor.tasks.material import Material
from hackmentor.tasks.network_rules import find_rule_fault, rule_matches
from hackmentor.tasks.task import Task, make_random

# Seconds. Rules come from models too.
TIMEOUT = 5
_BLOCK = re.compile(r"```[a-z]*\s*\n(.*?)```", re.DOTALL)


class DetectionRuleTask(Task[Family]):
    """A rule is right if its tool accepts it, and it matches what it is for and nothing else."""

    name = "rules"
    title = "YARA and Suricata rules"
    proof = "yara compiles and runs the rule; suricataparser reads it and its contents are run over requests"

    def list_units(self, material: Material) -> Sequence[Family]:
        """Our own made-up malware."""
        return [build_family(number) for number in range(FAMILIES)]

    def build_cases(self, units: Sequence[Family], seed: int) -> Iterator[Case]:
        """For each malware a rule of either kind to write and one to repair."""
        for family in units:
            draw = make_random(seed, self.name, family.upstream_id)
            for engine in ("yara", "suricata"):
                yield _build_writing(family, engine, draw)
                yield _build_repair(family, engine, draw)

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Runs the rule in the last code block."""
        blocks = _BLOCK.findall(answer)
        if not blocks:
            return Mark("unparsed", 0.0)
        fault = find_fault(json.loads(item.key), blocks[-1].strip())
        return Mark("wrong", 0.0, fault) if fault else Mark("correct", 1.0, "matches as it should")

    def show_key(self, key: str) -> str:
        """The rule in a code block."""
        return f"```\n{json.loads(key)['rule']}\n```"

    def find_label_fault(self, case: Case) -> str:
        """Runs the rule over all samples or requests; a rule to repair must fail there."""
        key = json.loads(case.key)
        if {**key, "rule": ""} != {**case.facts["demand"], "rule": ""}:
            return "the samples are of another case"
        broken = case.facts.get("broken")
        if broken and not find_fault(key, broken):
            return "the rule that is to be repaired has no fault"
        return find_fault(key, key["rule"])


def find_fault(demand: dict[str, Any], rule: str) -> str:
    """Why a rule does not do what is asked; empty if it does."""
    if demand["engine"] == "yara":
        return _find_yara_fault(rule, demand["match"], demand["miss"])
    fault = find_rule_fault(rule)
    if fault:
        return fault
    if not all(rule_matches(rule, request) for request in demand["match"]):
        return "it misses a request that it is for"
    return "it fires on a harmless request" if any(rule_matches(rule, one) for one in demand["miss"]) else ""


def _find_yara_fault(rule: str, match: Sequence[str], miss: Sequence[str]) -> str:
    import yara

    try:
        compiled = yara.compile(source=rule, includes=False)
    except yara.Error as error:
        return f"yara: {error}"
    matched = {text: bool(compiled.match(data=text.encode("latin-1"), timeout=TIMEOUT)) for text in (*match, *miss)}
    if not all(matched[text] for text in match):
        return "it misses a sample that it is for"
    return "it fires on a clean file" if any(matched[text] for text in miss) else ""


def write_yara(family: Family, condition: str = "all of them") -> str:
    """The rule for the files of a family."""
    strings = {"mutex": family.mutex, "agent": family.agent, "path": family.path}
    listed = "\n".join(f"        ${name} = {json.dumps(text)}" for name, text in strings.items())
    return (
        f'rule {family.name}_{family.number:03d}\n{{\n    meta:\n        description = "Files of {family.name}"\n'
        f"    strings:\n{listed}\n    condition:\n        {condition}\n}}"
    )


def write_suricata(family: Family) -> str:
    """The rule for the requests of a family."""
    marker = family.marker.partition("=")[0]
    options = (
        f'msg:"{family.name} check-in"; flow:established,to_server; http.method; content:"POST"; '
        f'http.uri; content:"{family.path}"; http.user_agent; content:"{family.agent}"; '
        f'http.request_body; content:"{marker}="; startswith; '
        f"classtype:trojan-activity; sid:{1_000_000 + family.number}; rev:1;"
    )
    return f"alert http $HOME_NET any -> $EXTERNAL_NET any ({options})"


def _make_demand(family: Family, engine: str) -> dict[str, Any]:
    if engine == "yara":
        match, miss = list(family.samples), list(family.clean)
        return {"engine": engine, "rule": write_yara(family), "match": match, "miss": miss}
    requests, harmless = [dict(one) for one in family.requests], [dict(one) for one in family.harmless]
    return {"engine": engine, "rule": write_suricata(family), "match": requests, "miss": harmless}


def _build_writing(family: Family, engine: str, draw: Random) -> Case:
    demand = _make_demand(family, engine)
    shown = demand["match"][0], draw.choice(demand["miss"])
    told = [text if engine == "yara" else json.dumps(text) for text in shown]
    about = (
        f"Files of {family.name} make the mutex `{family.mutex}`, name themselves `{family.agent}` to the server and "
        f"ask for `{family.path}`; other programs have one of these at most."
        if engine == "yara"
        else f"{family.name} reports by POST to `{family.path}` as `{family.agent}`; the body begins with the "
        f"parameter `{family.marker.partition('=')[0]}`. Agent and path alone occur elsewhere."
    )
    kind = {"yara": "Strings of a sample", "suricata": "A request"}[engine]
    return _build_case(
        family,
        demand,
        "write",
        f"{draw.choice(WRITE).format(engine=engine.upper() if engine == 'yara' else 'Suricata')} {ANSWER}",
        f"{about}\n\n{kind} that must match:\n\n```\n{told[0]}\n```\n\nMust not match:\n\n```\n{told[1]}\n```",
        draw.choice(WRITTEN[engine]),
        {},
    )


def _build_repair(family: Family, engine: str, draw: Random) -> Case:
    demand = _make_demand(family, engine)
    right: str = demand["rule"]
    old, new, told = draw.choice(FAULTS[engine])
    broken = right.replace(old, new, 1)
    fault = find_fault(demand, broken)
    return _build_case(
        family,
        demand,
        "repair",
        f"{draw.choice(REPAIR)} {ANSWER}",
        f"```\n{broken}\n```\n\nThe test says: {fault}.",
        told,
        {"broken": broken},
    )


def _build_case(
    family: Family, demand: dict[str, Any], kind: str, instruction: str, shown: str, told: str, facts: dict[str, Any]
) -> Case:
    engine = demand["engine"]
    return Case(
        id=f"{family.upstream_id}/rules.{kind}/{engine}",
        upstream_id=family.upstream_id,
        split_key=family.split_key,
        instruction=instruction,
        input=shown,
        key=json.dumps(demand),
        answer=f"{told}\n\n```{engine}\n{demand['rule']}\n```",
        category=f"{engine} {kind}",
        facts={"demand": demand, **facts},
    )


ANSWER = "Answer with the rule in one code block."
WRITE = (
    "Write a {engine} rule for this.",
    "We need a {engine} rule that finds this malware and nothing else.",
    "Make a {engine} rule of these notes.",
    "Build the {engine} signature.",
)
WRITTEN = {
    "yara": (
        "No string is enough by itself, so the condition asks for all of them:",
        "The three strings occur together in this malware only:",
        "Each string alone is found in clean files; the combination is not:",
    ),
    "suricata": (
        "Path, agent and the beginning of the body must come together:",
        "Each content looks at its own buffer, so that the order of headers does not matter:",
        "The agent alone would be too wide; with path and body it is specific:",
    ),
}
REPAIR = (
    "This rule does not work. Say why and repair it.",
    "Find the fault in the rule.",
    "The rule below fails its test. Correct it.",
)
FAULTS = {
    "yara": (
        ("all of them", "any of them", "`any of them` fires on a single string, which clean files have too."),
        ("all of them", "all of ($x*)", "There are no strings whose names begin with `$x`."),
        ("    condition:", "    conditions:", "The section is called `condition`."),
        ("$mutex = ", "mutex = ", "The name of a string begins with `$`."),
        ("all of them", "$mutex and $agent and filesize < 10", "Ten bytes are less than any such file has."),
    ),
    "suricata": (
        ("http.user_agent; ", "http.host; ", "The agent is looked for in the host; it has its own buffer."),
        ("rev:1;", "", "A rule needs `rev`, so that changes can be told apart."),
        ("msg:", "message:", "The option is called `msg`."),
        ("alert http", "alarm http", "The action is `alert`."),
        ('content:"POST"', 'content:"GET"', "It reports by POST, so GET never matches."),
        ('http.method; content:"POST"', 'http.method; content:!"POST"', "The exclamation mark negates the content."),
    ),
}
