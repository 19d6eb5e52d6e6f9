"""Faults put into Sigma rules, for the task that repairs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any

import yaml

from hackmentor.tasks.sigma_match import load_yaml

Rule = dict[str, Any]
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule with a fault, what it does to it, and what is wrong, in a sentence."""

    name: str
    text: str
    told: str


def dump_rule(rule: Mapping[str, Any]) -> str:
    """A rule as YAML, its fields in their order."""
    text = yaml.dump(dict(rule), Dumper=_DUMPER, sort_keys=False, width=110, allow_unicode=True)
    return str(text).strip()


def make_faults(text: str, draw: Random) -> Iterator[Fault]:
    """The rule with each fault that it can have."""
    right: Rule = load_yaml(text)
    for name, make in _FAULTS.items():
        rule = deepcopy(right)
        told = make(rule, draw)
        if told:
            yield Fault(name, dump_rule(rule), told)


def remove_filters(text: str) -> str:
    """The rule without the parts that its condition excludes; empty if it has none."""
    rule: Rule = load_yaml(text)
    return dump_rule(rule) if _drop_filter(rule, Random(0)) else ""


def _pick_field(rule: Rule, draw: Random, modifier: str = "") -> tuple[str, str] | None:
    places = [
        (part, name)
        for part, fields in rule["detection"].items()
        if isinstance(fields, dict) and not part.startswith("filter")
        for name in fields
        if modifier in name
    ]
    return draw.choice(places) if places else None


def _rename_field(rule: Rule, part: str, old: str, new: str) -> None:
    fields = rule["detection"][part]
    rule["detection"][part] = {new if name == old else name: value for name, value in fields.items()}


def _misspell_modifier(rule: Rule, draw: Random) -> str:
    place = _pick_field(rule, draw, "|")
    if not place:
        return ""
    part, name = place
    field, _, modifier = name.partition("|")
    wrong = {"contains": "contain", "endswith": "endwith", "startswith": "beginswith", "re": "regex"}
    new = wrong.get(modifier.split("|")[0])
    if not new:
        return ""
    _rename_field(rule, part, name, f"{field}|{new}")
    return f"There is no modifier `{new}`; in `{part}` it must be `{modifier}`."


def _misname_part(rule: Rule, draw: Random) -> str:
    names = [name for name in rule["detection"] if name != "condition"]
    chosen = draw.choice(names)
    rule["detection"] = {f"{key}s" if key == chosen else key: value for key, value in rule["detection"].items()}
    return f"The condition names `{chosen}`, but the part is called `{chosen}s`; nothing of the first name exists."


def _drop_filter(rule: Rule, _: Random) -> str:
    names = [name for name in rule["detection"] if name.startswith("filter")]
    condition: str = rule["detection"]["condition"]
    for name in names:
        if f" and not {name}" not in condition:
            return ""
        condition = condition.replace(f" and not {name}", "")
        del rule["detection"][name]
    rule["detection"]["condition"] = condition
    return f"The rule lost its exception `{names[0]}`, so harmless events set it off." if names else ""


def _join_filter_by_or(rule: Rule, _: Random) -> str:
    condition: str = rule["detection"]["condition"]
    if " and not filter" not in condition:
        return ""
    rule["detection"]["condition"] = condition.replace(" and not filter", " or not filter")
    return "`or not` makes the rule true for every event outside of the filter; it has to be `and not`."


def _drop_modifier(rule: Rule, draw: Random) -> str:
    place = _pick_field(rule, draw, "|")
    if not place:
        return ""
    part, name = place
    field, _, modifier = name.partition("|")
    if field in rule["detection"][part]:
        return ""
    _rename_field(rule, part, name, field)
    return f"Without `{modifier}` the field `{field}` in `{part}` must equal the value as a whole, which it never does."


def _demand_all(rule: Rule, draw: Random) -> str:
    places = [
        (part, name)
        for part, fields in rule["detection"].items()
        if isinstance(fields, dict) and not part.startswith("filter")
        for name, value in fields.items()
        if name.endswith("|contains") and isinstance(value, list) and len(value) > 1
    ]
    if not places:
        return ""
    part, name = draw.choice(places)
    _rename_field(rule, part, name, f"{name}|all")
    return f"`all` demands every value of the list at once; one of those in `{part}` is enough."


def _misspell_value(rule: Rule, draw: Random) -> str:
    place = _pick_field(rule, draw)
    if not place:
        return ""
    part, name = place
    value = rule["detection"][part][name]
    first = value[0] if isinstance(value, list) else value
    if not isinstance(first, str) or len(first) < 5 or name.endswith(("|re", "|cidr")):
        return ""
    wrong = f"{first[:-2]}{first[-1]}{first[-2]}x"
    rule["detection"][part][name] = [wrong] if isinstance(value, list) else wrong
    more = f", and {len(value) - 1} more got lost" if isinstance(value, list) and len(value) > 1 else ""
    return f"In `{part}` the value `{first}` is misspelt as `{wrong}`{more}."


def _drop_logsource(rule: Rule, _: Random) -> str:
    del rule["logsource"]
    return "A rule needs a `logsource`; without one nobody knows where to run it."


def _negate_selection(rule: Rule, _: Random) -> str:
    first = next(name for name in rule["detection"] if name != "condition")
    condition: str = rule["detection"]["condition"]
    if not condition.startswith(first):
        return ""
    rule["detection"]["condition"] = f"not {condition}"
    return f"The condition negates `{first}`, so it fires on everything but what it is for."


_FAULTS: Mapping[str, Callable[[Rule, Random], str]] = {
    "misspelt modifier": _misspell_modifier,
    "unknown part": _misname_part,
    "lost filter": _drop_filter,
    "or not": _join_filter_by_or,
    "lost modifier": _drop_modifier,
    "all of a list": _demand_all,
    "misspelt value": _misspell_value,
    "no log source": _drop_logsource,
    "negated": _negate_selection,
}
