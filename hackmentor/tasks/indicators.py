"""Task: the indicators in a report, defanged or plain, as JSON."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping, Sequence

from hackmentor.exams.item import ExamItem, Mark
from hackmentor.tasks.case import Case
from hackmentor.tasks.indicator_reports import KINDS, REPORTS, Report, build_report
from hackmentor.tasks.json_answers import compute_f1, find_json_object, format_json_block
from hackmentor.tasks.material import Material
from hackmentor.tasks.task import Task, make_random

_NETWORKS = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_NAME = r"(?:[a-z0-9-]+\.)+(?:example|test|invalid)\b"
# In this order: what an earlier pattern takes, a later one doesn't see.
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "url": re.compile(rf"https?://(?:{_NAME}|\d+(?:\.\d+){{3}})/[\w./?=-]*[\w]"),
    "email": re.compile(rf"[\w.-]+@{_NAME}"),
    "ipv4": re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)"),
    "domain": re.compile(_NAME),
    "sha256": re.compile(r"\b[0-9a-f]{64}\b"),
    "md5": re.compile(r"\b[0-9a-f]{32}\b"),
    "cve": re.compile(r"\bCVE-\d{4}-\d{4,}\b"),
    "file": re.compile(r"\b[\w-]+\.(?:dll|exe|ps1|lnk|iso|hta)\b"),
}
_FANGS = (("[.]", "."), ("(dot)", "."), ("[:]", ":"), ("[@]", "@"), ("[at]", "@"), ("hxxp", "http"))


class IndicatorTask(Task[Report]):
    """Only the whole set is correct; the score is the F1 of (kind, value)."""

    name = "indicators"
    title = "indicators from a report"
    measure = "mean F1"
    proof = "an extractor of our own that refangs the report"

    def list_units(self, material: Material) -> Sequence[Report]:
        """Our own reports."""
        return [build_report(number) for number in range(REPORTS)]

    def build_cases(self, units: Sequence[Report], seed: int) -> Iterator[Case]:
        """One case for each report."""
        for report in units:
            draw = make_random(seed, self.name, report.upstream_id)
            yield Case(
                id=f"{report.upstream_id}/indicators",
                upstream_id=report.upstream_id,
                split_key=report.split_key,
                instruction=f"{draw.choice(INSTRUCTIONS)} {RULES.format(owner=report.owner, kinds=', '.join(KINDS))}",
                input=report.text,
                key=json.dumps({kind: list(values) for kind, values in report.indicators.items()}),
                answer=_write_answer(report),
                category="none" if not report.indicators else "",
                facts={"owner": report.owner},
            )

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Reads the last JSON object; values are compared refanged, hashes and names in lower case."""
        found = find_json_object(answer)
        if found is None:
            return Mark("unparsed", 0.0)
        given, wanted = _list_pairs(found), _list_pairs(json.loads(item.key))
        score = compute_f1(len(given & wanted), len(given), len(wanted))
        shown = ", ".join(value for _, value in sorted(given)) or "none"
        return Mark("correct" if given == wanted else "wrong", score, shown)

    def find_label_fault(self, case: Case) -> str:
        """Extracts the indicators from the report anew."""
        found, wanted = extract_indicators(case.input, case.facts["owner"]), json.loads(case.key)
        return "" if found == wanted else f"the report holds {found}, not {wanted}"

    def summarise(self, marks: Sequence[Mark]) -> dict[str, float]:
        """The mean F1, and the share of whole sets."""
        return summarise_sets(marks)


def summarise_sets(marks: Sequence[Mark]) -> dict[str, float]:
    """The mean F1 of sets, and the share of those that are right as a whole, in percent."""
    whole = sum(mark.outcome == "correct" for mark in marks)
    return {
        "mean F1 %": 100 * sum(mark.score for mark in marks) / len(marks),
        "whole sets %": 100 * whole / len(marks),
    }


def refang(text: str) -> str:
    """The text with addresses as a browser takes them."""
    for defanged, plain in _FANGS:
        text = text.replace(defanged, plain)
    return text


def extract_indicators(text: str, owner: str) -> dict[str, list[str]]:
    """The indicators by kind, without private addresses, version numbers and what belongs to the owner's domain."""
    rest, found = refang(text), dict[str, list[str]]()
    for kind, pattern in _PATTERNS.items():
        values = {value for value in pattern.findall(rest) if _is_foreign(kind, value, owner)}
        if values:
            found[kind] = sorted(values)
        rest = pattern.sub(" ", rest)
    return {kind: found[kind] for kind in KINDS if kind in found}


def _is_foreign(kind: str, value: str, owner: str) -> bool:
    if kind != "ipv4":
        return owner not in value
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return not any(address in network for network in _NETWORKS)


def _list_pairs(answer: Mapping[str, object]) -> set[tuple[str, str]]:
    pairs = set()
    for kind, values in answer.items():
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, str) and value.strip():
                pairs.add((kind.lower(), refang(value.strip()).lower().rstrip("/")))
    return pairs


def _write_answer(report: Report) -> str:
    block = format_json_block({kind: list(values) for kind, values in report.indicators.items()})
    left_out = "; ".join(f"`{value}` ({why})" for value, why in report.decoys)
    empty = "" if report.indicators else "The report names no indicator of the attacker.\n\n"
    return f"{empty}{block}" + (f"\n\nLeft out: {left_out}." if left_out else "")


RULES = (
    "Answer with a JSON object of lists, keys among {kinds}, empty ones left out. Write values refanged. Leave out "
    "private addresses, version numbers and everything below {owner}, which is the reporter's own."
)
INSTRUCTIONS = (
    "Extract the indicators of compromise from this report.",
    "Which indicators can we block or hunt for after reading this?",
    "Turn the notes below into a list of indicators.",
    "Our threat intelligence platform needs the IOCs of this case.",
    "Pull every indicator out of the text.",
    "Read the report and collect what identifies the attacker's infrastructure and files.",
)
