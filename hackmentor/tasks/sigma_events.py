"""Events made from a Sigma rule: such that it fires, such that it just does not, such that a filter applies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from random import Random
from typing import Any

from hackmentor.tasks.sigma_match import Leaf, iter_leaves, leaf_holds, matches, read_leaf
from hackmentor.tasks.sigma_rules import EventRule
from hackmentor.tasks.sigma_samples import BENIGN, CONTEXT, PREFIXES, SUFFIXES

MAX_TRIES = 12


@dataclass(frozen=True, slots=True)
class MadeEvent:
    """An event, the fields that no sensor recorded, and what was done to it.

    `kind` is `hit`, `near miss`, `filtered` or `unrecorded`; `changed` is the field that a near miss or a gap is about.
    """

    kind: str
    fields: Mapping[str, str]
    unrecorded: frozenset[str] = frozenset()
    changed: str = ""


def make_hit(rule: EventRule, draw: Random) -> MadeEvent | None:
    """An event that the rule fires on; None if none could be made."""
    for _ in range(MAX_TRIES):
        event = _fill(rule, _choose_leaves(rule.condition, draw, wanted=True), draw)
        if event is not None and matches(rule.condition, event) is True:
            return MadeEvent("hit", event)
    return None


def make_near_miss(rule: EventRule, draw: Random, hit: MadeEvent | None = None) -> MadeEvent | None:
    """A hit, or the given one, of which one field is changed so that the rule is silent, by no filter."""
    hit = hit or make_hit(rule, draw)
    if hit is None:
        return None
    named = {leaf.field for leaf in _iter_positive(rule.condition) if leaf.field}
    positive = sorted(name for name in named if name in hit.fields)
    for name in draw.sample(positive, len(positive)):
        value = rule.benign.get(name) or BENIGN.get(name)
        event = {**hit.fields, name: value or ""}
        if value and value != hit.fields[name] and matches(rule.condition, event) is False:
            return MadeEvent("near miss", event, changed=name)
    return None


def make_filtered(rule: EventRule, draw: Random) -> MadeEvent | None:
    """An event that all selections match and a filter takes out."""
    filters = [part for part in _iter_conjuncts(rule.condition) if type(part).__name__ == "ConditionNOT"]
    if not filters:
        return None
    for _ in range(MAX_TRIES):
        chosen = _choose_leaves(draw.choice(filters).args[0], draw, wanted=True)
        leaves = [*_choose_leaves(rule.condition, draw, wanted=True), *chosen]
        event = _fill(rule, leaves, draw)
        if (
            event is not None
            and matches(rule.condition, event) is False
            and all(leaf_holds(one, event) for one in leaves)
        ):
            return MadeEvent("filtered", event, changed=next((leaf.field or "" for leaf in chosen), ""))
    return None


def make_unrecorded(rule: EventRule, draw: Random) -> MadeEvent | None:
    """A hit or an event of a filter of which one field wasn't recorded, so that nobody can tell."""
    made = make_hit(rule, draw) if draw.random() < 0.6 else make_filtered(rule, draw)
    if made is None:
        return None
    fields = {leaf.field for leaf in iter_leaves(rule.condition) if leaf.field}
    present = sorted(name for name in fields if name in made.fields)
    for name in draw.sample(present, len(present)):
        event = {key: value for key, value in made.fields.items() if key != name}
        if matches(rule.condition, event, frozenset({name})) is None:
            return MadeEvent("unrecorded", event, frozenset({name}), name)
    return None


def _iter_conjuncts(node: Any) -> Iterator[Any]:  # noqa: ANN401 - a node of pySigma's tree
    if type(node).__name__ == "ConditionAND":
        for part in node.args:
            yield from _iter_conjuncts(part)
    else:
        yield node


def _iter_positive(node: Any) -> Iterator[Leaf]:  # noqa: ANN401 - a node of pySigma's tree
    for part in _iter_conjuncts(node):
        if type(part).__name__ != "ConditionNOT":
            yield from iter_leaves(part)


def _choose_leaves(node: Any, draw: Random, *, wanted: bool) -> list[Leaf]:  # noqa: ANN401
    """Comparisons that make the node true if all hold; what must not hold is left to chance."""
    kind = type(node).__name__
    if kind == "ConditionNOT":
        return _choose_leaves(node.args[0], draw, wanted=not wanted)
    if kind in ("ConditionAND", "ConditionOR"):
        if (kind == "ConditionAND") == wanted:
            return [leaf for part in node.args for leaf in _choose_leaves(part, draw, wanted=wanted)]
        return _choose_leaves(draw.choice(node.args), draw, wanted=wanted)
    return [read_leaf(node)] if wanted else []


def _fill(rule: EventRule, leaves: list[Leaf], draw: Random) -> dict[str, str] | None:
    """The context of such events, with values for which the comparisons hold; None where one can't be made."""
    event = {name: draw.choice(values) for name, values in _get_context(rule.logsource).items()}
    by_field: dict[str, list[Any]] = {}
    for leaf in leaves:
        if leaf.field is None:
            return None
        by_field.setdefault(leaf.field, []).append(leaf.value)
    for name, values in by_field.items():
        made = _make_value(rule, name, values, draw)
        if made is None:
            return None
        if made:
            event[name] = made
        else:
            event.pop(name, None)
    return event


def _get_context(source: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    keys = (
        f"{source.get('product', '')}/{source.get('category', source.get('service', ''))}",
        source.get("category", ""),
        source.get("product", ""),
    )
    return next((CONTEXT[key] for key in keys if key and key in CONTEXT), CONTEXT[""])


def _make_value(rule: EventRule, name: str, values: list[Any], draw: Random) -> str | None:
    """One value that all comparisons accept; empty for an absent field."""
    leaves = [Leaf(name, value) for value in values]
    fitting = [text for text in rule.samples.get(name, ()) if all(leaf_holds(leaf, {name: text}) for leaf in leaves)]
    if fitting:
        return draw.choice(fitting)
    kinds = {type(value).__name__ for value in values}
    if kinds <= {"SigmaString", "SigmaCasedString"}:
        return _join_strings(f"{rule.logsource.get('product', '')}/{name}", name, values, draw)
    if len(values) > 1:
        return None
    value = values[0]
    kind = type(value).__name__
    if kind == "SigmaNull":
        return ""
    if kind == "SigmaNumber":
        return str(value.number)
    if kind == "SigmaBool":
        return str(value.boolean).lower()
    if kind == "SigmaCompareExpression":
        number = int(float(value.number.number))
        return str(
            number + draw.randint(1, 400) if value.op.name.startswith("G") else max(0, number - draw.randint(1, 9))
        )
    if kind == "SigmaCIDRExpression":
        network = ip_network(value.cidr, strict=False)
        return str(network[min(network.num_addresses - 1, draw.randrange(1, 200))])
    if kind == "SigmaExpansion":
        return _make_value(rule, name, [draw.choice(list(value.values))], draw)
    return None


def _join_strings(place: str, name: str, values: list[Any], draw: Random) -> str:
    """A text that begins, contains and ends as the patterns say; several that are contained stand side by side."""
    starts, inner, ends = "", list[str](), ""
    for value in values:
        parts = ["*" if not isinstance(part, str) else part for part in value.s]
        texts = [part for part in parts if part != "*"]
        if not texts:
            continue
        if parts[0] != "*" and parts[-1] != "*" and len(texts) == 1:
            starts, ends, inner = "", texts[0], inner
            if len(values) == 1:
                return texts[0]
        elif parts[0] != "*":
            starts, inner = texts[0], [*inner, *texts[1:]]
        elif parts[-1] != "*":
            inner, ends = [*inner, *texts[:-1]], texts[-1]
        else:
            inner += texts
    glue = " " if name in ("CommandLine", "ParentCommandLine", "message", "requestParameters", "Parameters") else ""
    head = starts or draw.choice(PREFIXES.get(place) or PREFIXES.get(name, ("",)))
    tail = ends or draw.choice(SUFFIXES.get(place) or SUFFIXES.get(name, ("",)))
    return glue.join(part for part in (head, *dict.fromkeys(inner), tail) if part)
