"""Whether a Sigma rule holds of an event, over the tree that pySigma parses its condition into."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

import yaml

Event = Mapping[str, str]
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ANCHOR = re.compile(r"[:-]\s+[&*]\w")
# A repetition inside of a repetition, by which an expression may need more than a lifetime.
_NESTED = re.compile(r"[+*}][^()]*\)[+*{]")
_KINDS = {
    "SigmaBool", "SigmaCIDRExpression", "SigmaCasedString", "SigmaCompareExpression", "SigmaExists", "SigmaExpansion",
    "SigmaFieldReference", "SigmaNull", "SigmaNumber", "SigmaRegularExpression", "SigmaString",
}  # fmt: skip
_WILD = {"WILDCARD_MULTI": ".*", "WILDCARD_SINGLE": "."}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison of a rule: a field (None: any) with one value."""

    field: str | None
    value: Any


def load_yaml(text: str) -> Any:  # noqa: ANN401 - YAML
    """The content of YAML, by libyaml where it is at hand: ten times as fast."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader


@lru_cache(maxsize=16384)
def parse_condition(rule: str) -> Any:  # noqa: ANN401 - a node of pySigma's tree
    """The tree of the rule's first condition. Raises ValueError where pySigma finds a fault, with its words."""
    from sigma.collection import SigmaCollection
    from sigma.exceptions import SigmaError

    # Rules come from models too: an anchor may unfold into more than memory holds.
    if _ANCHOR.search(rule):
        raise ValueError("anchors are not read")
    try:
        collection = SigmaCollection.from_dicts([load_yaml(rule)])
        if collection.errors:
            raise ValueError(str(collection.errors[0]))
        return collection.rules[0].detection.parsed_condition[0].parsed  # type: ignore[union-attr]
    except (SigmaError, yaml.YAMLError, AttributeError, IndexError, TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def holds(rule: str, event: Event) -> bool:
    """Whether a rule, as YAML, holds of an event; one that can't be parsed doesn't."""
    try:
        return matches(parse_condition(rule), event) is True
    except ValueError:
        return False


def matches(node: Any, event: Event, unknown: frozenset[str] = frozenset()) -> bool | None:  # noqa: ANN401
    """Whether a condition holds, in Kleene's logic: None where that depends on fields that are `unknown`."""
    kind = type(node).__name__
    if kind == "ConditionAND":
        return _all(matches(part, event, unknown) for part in node.args)
    if kind == "ConditionOR":
        result = _all(_negate(matches(part, event, unknown)) for part in node.args)
        return _negate(result)
    if kind == "ConditionNOT":
        return _negate(matches(node.args[0], event, unknown))
    return _matches_leaf(read_leaf(node), event, unknown)


def iter_leaves(node: Any) -> Iterator[Leaf]:  # noqa: ANN401 - a node of pySigma's tree
    """Every comparison below a node."""
    if type(node).__name__ in ("ConditionAND", "ConditionOR", "ConditionNOT"):
        for part in node.args:
            yield from iter_leaves(part)
    else:
        yield read_leaf(node)


def is_supported(node: Any) -> bool:  # noqa: ANN401 - a node of pySigma's tree
    """Whether every comparison of a condition can be made: none has a placeholder, and all are of a known kind."""
    return all(type(leaf.value).__name__ in _KINDS and _is_plain(leaf.value) for leaf in iter_leaves(node))


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - a value of pySigma
    """Whether a text has no placeholders, which every organisation fills by itself."""
    return all(isinstance(part, str) or part.name in _WILD for part in getattr(value, "s", ()))


def read_leaf(node: Any) -> Leaf:  # noqa: ANN401 - a node of pySigma's tree
    """The comparison of a node without others below it."""
    return Leaf(getattr(node, "field", None), node.value)


def leaf_holds(leaf: Leaf, event: Event) -> bool:
    """Whether one comparison holds, with all fields known."""
    return _matches_leaf(leaf, event, frozenset()) is True


def _negate(value: bool | None) -> bool | None:
    return None if value is None else not value


def _all(values: Iterable[bool | None]) -> bool | None:
    found = list(values)
    return False if False in found else None if None in found else True


def _matches_leaf(leaf: Leaf, event: Event, unknown: frozenset[str]) -> bool | None:
    if leaf.field is None:
        found = any(_value_matches(leaf.value, value, event) for value in event.values())
        return True if found else None if unknown else False
    return None if leaf.field in unknown else _value_matches(leaf.value, event.get(leaf.field), event)


def _value_matches(value: Any, found: str | None, event: Event) -> bool:  # noqa: ANN401 - a value of pySigma
    kind = type(value).__name__
    if kind == "SigmaExists":
        return bool(value.exists) == (found is not None)
    if kind == "SigmaExpansion":
        return any(_value_matches(one, found, event) for one in value.values)
    if kind == "SigmaFieldReference":
        return found is not None and found == event.get(value.field)
    if found is None:
        return kind == "SigmaNull"
    if kind == "SigmaNumber":
        return found == str(value.number)
    if kind == "SigmaBool":
        return found.lower() == str(value.boolean).lower()
    if kind == "SigmaRegularExpression":
        flags = re.IGNORECASE if any(flag.name == "IGNORECASE" for flag in value.flags) else 0
        expression = str(value.regexp)
        return not _NESTED.search(expression) and re.search(expression, found, flags) is not None
    if kind == "SigmaCompareExpression":
        return _compares(found, value.op.name, float(value.number.number))
    if kind == "SigmaCIDRExpression":
        return _lies_in(found, value.cidr)
    return kind in ("SigmaString", "SigmaCasedString") and _string_matches(value, found, cased=kind != "SigmaString")


def _compares(found: str, operator: str, bound: float) -> bool:
    try:
        number = float(found)
    except ValueError:
        return False
    return {"LT": number < bound, "LTE": number <= bound, "GT": number > bound, "GTE": number >= bound}.get(
        operator, number != bound
    )


def _lies_in(found: str, network: str) -> bool:
    try:
        return ip_address(found) in ip_network(network)
    except ValueError:
        return False


def _string_matches(value: Any, found: str, *, cased: bool) -> bool:  # noqa: ANN401 - a string of pySigma
    if not _is_plain(value):
        return False
    pattern = "".join(re.escape(part) if isinstance(part, str) else _WILD[part.name] for part in value.s)
    return re.fullmatch(pattern, found, re.DOTALL if cased else re.DOTALL | re.IGNORECASE) is not None
