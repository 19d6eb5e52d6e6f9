"""Whole Sigma rules by path, as https://github.com/SigmaHQ/sigma keeps them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish_sentence
from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.data.sources.parsed_files import get_list, get_text, iter_yaml, read_head
from hackmentor.data.sources.sigma import LICENCE, NO_FALSE_POSITIVE

SUFFIXES = (".yml", ".yaml")
NAME = "rules"
NOTICE = (
    "Sigma detection rules (https://github.com/SigmaHQ/sigma), Detection Rule License 1.1. The author of the rule "
    "stands in the licence field of each record."
)
MARKS = (re.compile(r"^logsource:", re.MULTILINE), re.compile(r"^detection:", re.MULTILINE))
MIN_WORDS, MAX_CHARACTERS = 6, 6_000
TECHNIQUE_TAG = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SigmaRule:
    """One detection rule with its logic."""

    upstream_id: str
    title: str
    description: str
    level: str
    logsource: Mapping[str, str]
    detection: Mapping[str, Any]
    false_positives: tuple[str, ...]
    techniques: tuple[str, ...]
    text: str
    """The rule as it was written, comments and all."""
    credit: str

    @property
    def split_key(self) -> str:
        """Rules for one technique stay together; without one, each is by itself."""
        return self.techniques[0].partition(".")[0] if self.techniques else self.upstream_id


def recognises(path: Path) -> bool:
    """Whether a file is a Sigma rule by its two obligatory parts."""
    head = read_head(path)
    return all(mark.search(head) for mark in MARKS)


def load_sigma_rules(name: str, files: Mapping[str, Path]) -> Catalogue:
    """Every rule with a description and a condition; the others are left out and counted."""
    left_out: dict[str, list[str]] = {}
    rules: dict[str, SigmaRule] = {}
    newest = ""
    for place, content, text in iter_yaml(files, left_out):
        fault = _find_fault(content, text)
        if fault:
            left_out.setdefault(fault, []).append(place)
            continue
        rule = _build_rule(content, text)
        newest = max(newest, str(content.get("modified") or content.get("date") or "").replace("/", "-")[:10])
        if rule.upstream_id in rules:
            left_out.setdefault("second rule of one id", []).append(place)
        rules.setdefault(rule.upstream_id, rule)
    released = newest if re.fullmatch(r"\d{4}-\d{2}-\d{2}", newest) else ""
    origin = Origin(f"{NAME}:{name}", "", "", f"newest rule of {newest}", LICENCE, NOTICE, released)
    return Catalogue(origin, tuple(rules[key] for key in sorted(rules)), left_out)


def _find_fault(content: object, text: str) -> str:
    if not isinstance(content, Mapping) or not isinstance(content.get("detection"), Mapping):
        return "YAML that is no Sigma rule"
    if not get_text(content, "detection", "condition") or not isinstance(content.get("logsource"), Mapping):
        return "rule without a condition or a log source"
    if content.get("status") in ("deprecated", "unsupported"):
        return "deprecated rule"
    if len(str(content.get("description", "")).split()) < MIN_WORDS or not get_text(content, "id"):
        return "rule without an id or a description"
    return "rule of more than 6,000 characters" if len(text) > MAX_CHARACTERS else ""


def _build_rule(content: Mapping[str, Any], text: str) -> SigmaRule:
    tags = [found.group(1).upper() for tag in get_list(content, "tags") if (found := TECHNIQUE_TAG.match(str(tag)))]
    reasons = [clean_text(str(item)) for item in get_list(content, "falsepositives")]
    return SigmaRule(
        upstream_id=get_text(content, "id"),
        title=clean_text(get_text(content, "title")),
        description=finish_sentence(" ".join(clean_text(get_text(content, "description")).split())),
        level=get_text(content, "level") or "medium",
        logsource={str(key): str(value) for key, value in content["logsource"].items() if key != "definition"},
        detection=content["detection"],
        false_positives=tuple(finish_sentence(r) for r in reasons if len(r) > 8 and not NO_FALSE_POSITIVE.match(r)),
        techniques=tuple(tags),
        text=text.strip(),
        credit=str(content.get("author", "")),
    )
