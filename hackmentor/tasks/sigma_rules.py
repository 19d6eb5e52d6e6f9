"""Sigma rules that tasks make events of: those of our own hand, and those of catalogues by path."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hackmentor.tasks.material import Material
from hackmentor.tasks.sigma_match import is_supported, load_yaml, parse_condition

RULES_FILE = Path(__file__).with_name("own_rules.yaml")
# Fields of the file that are no part of a Sigma rule.
_EXTRAS = ("technique", "asset", "benign", "samples")


@dataclass(frozen=True, slots=True)
class EventRule:
    """A rule with what is needed to make events of it.

    `benign` are values that the fields of a near miss may have, `samples` values of fields that can't be made from a
    pattern; both are empty for rules of catalogues.
    """

    upstream_id: str
    split_key: str
    title: str
    description: str
    text: str
    logsource: Mapping[str, str]
    false_positives: tuple[str, ...]
    techniques: tuple[str, ...]
    asset: str
    benign: Mapping[str, str] = field(default_factory=dict)
    samples: Mapping[str, Sequence[str]] = field(default_factory=dict)
    events: Sequence[Mapping[str, str]] = ()
    """Real ones that it matches."""

    @property
    def condition(self) -> Any:  # noqa: ANN401 - a node of pySigma's tree
        """The tree of its condition."""
        return parse_condition(self.text)


@cache
def load_own_rules() -> tuple[EventRule, ...]:
    """The rules of our own hand."""
    return tuple(_build_own_rule(content) for content in yaml.safe_load(RULES_FILE.read_text(encoding="utf-8")))


def convert_rules(material: Material) -> list[EventRule]:
    """The rules of a catalogue that pySigma can parse and that have no placeholders."""
    found = []
    for rule in material.rules:
        content = load_yaml(rule.text)
        if _is_parsable(rule.text) and isinstance(content, Mapping):
            source = {str(key): str(value) for key, value in content["logsource"].items() if key != "definition"}
            found.append(
                EventRule(
                    upstream_id=rule.upstream_id,
                    split_key=rule.split_key,
                    title=rule.title,
                    description=rule.description,
                    text=rule.text,
                    logsource=source,
                    false_positives=tuple(rule.false_positives),
                    techniques=tuple(rule.techniques),
                    asset=_guess_asset(source),
                    events=material.events.get(rule.upstream_id, ()),
                )
            )
    return found


def _build_own_rule(content: Mapping[str, Any]) -> EventRule:
    technique: str = content["technique"]
    rule_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"hackmentor:rule:{content['title']}"))
    rule = {
        "title": content["title"],
        "id": rule_id,
        "status": "test",
        "description": content["description"],
        "tags": [f"attack.{technique.lower()}"],
        **{key: content[key] for key in ("logsource", "detection", "falsepositives", "level")},
    }
    assert set(content) <= {*rule, *_EXTRAS}, content["title"]
    return EventRule(
        upstream_id=f"rule:{rule_id}",
        split_key=technique.partition(".")[0],
        title=content["title"],
        description=content["description"],
        text=yaml.safe_dump(rule, sort_keys=False, width=110, allow_unicode=True).strip(),
        logsource=content["logsource"],
        false_positives=tuple(content["falsepositives"]),
        techniques=(technique,),
        asset=content["asset"],
        benign={key: str(value) for key, value in content["benign"].items()},
        samples=content.get("samples", {}),
    )


def _is_parsable(text: str) -> bool:
    try:
        return is_supported(parse_condition(text))
    except ValueError:
        return False


def _guess_asset(source: Mapping[str, str]) -> str:
    product, category = source.get("product", ""), source.get("category", source.get("service", ""))
    by_product = {"windows": "workstation", "linux": "linux server", "macos": "workstation", "kubernetes": "cluster"}
    by_product |= {
        "aws": "cloud account",
        "gcp": "cloud account",
        "azure": "identity tenant",
        "okta": "identity tenant",
    }
    by_product |= {"github": "repository", "m365": "mailbox"}
    by_category = {"webserver": "web server", "proxy": "workstation", "dns": "resolver", "firewall": "server"}
    return by_product.get(product) or by_category.get(category, "server")
