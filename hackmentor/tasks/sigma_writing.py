"""Task: Sigma rules, written from a description, repaired, tuned, and converted to the languages of SIEMs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from hackmentor.exams.item import ExamItem, Mark
from hackmentor.tasks.case import Case
from hackmentor.tasks.material import Material
from hackmentor.tasks.sigma_events import make_filtered, make_hit, make_near_miss
from hackmentor.tasks.sigma_faults import make_faults, remove_filters
from hackmentor.tasks.sigma_match import Event, load_yaml, matches, parse_condition
from hackmentor.tasks.sigma_rules import EventRule, convert_rules, load_own_rules
from hackmentor.tasks.sigma_wordings import ANSWER_RULE, CONVERT, CONVERTED, REPAIR, TUNE, TUNED, WRITE, WRITTEN
from hackmentor.tasks.task import Task, make_random

LANGUAGES: Mapping[str, str] = {"splunk": "Splunk SPL", "esql": "Elasticsearch ES|QL", "kusto": "Kusto KQL"}
_BLOCK = re.compile(r"```[a-z]*\s*\n(.*?)```", re.DOTALL)
_WRITES, _TUNES, _REPAIRS = 7, 4, 3
_HIDDEN = 3


@dataclass(frozen=True, slots=True)
class Demand:
    """Events that a rule must match, and events that it must not."""

    match: tuple[Event, ...]
    miss: tuple[Event, ...]

    def find_fault(self, text: str) -> str:
        """Why a rule does not meet the demand; empty if it does."""
        try:
            condition = parse_condition(text)
        except ValueError as error:
            return f"pySigma: {error}"
        if any(matches(condition, event) is not True for event in self.match):
            return "it misses an event that it is for"
        return "it fires on an event that it is not for" if any(matches(condition, one) for one in self.miss) else ""


class SigmaTask(Task[EventRule]):
    """A rule is right if it parses, matches what it should and nothing that it should not; a query if it is equal."""

    name = "sigma"
    title = "Sigma rules"
    by_path = "SigmaHQ's rules"
    proof = "pySigma: parsed, run over events, converted by the backends"

    def list_units(self, material: Material) -> Sequence[EventRule]:
        """Our own rules, and those of a catalogue."""
        return [*load_own_rules(), *convert_rules(material)]

    def build_cases(self, units: Sequence[EventRule], seed: int) -> Iterator[Case]:
        """Conversions, repairs, exceptions for a false positive, and rules from a description with events."""
        for rule in units:
            yield from _build_conversions(rule, seed)
            demand = _make_demand(rule, make_random(seed, self.name, rule.upstream_id))
            if demand is not None:
                yield from _build_repairs(rule, demand, seed)
                yield from _build_rules(rule, demand, seed)

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Reads the last code block; a rule may also stand without one."""
        blocks = _BLOCK.findall(answer)
        text = (blocks[-1] if blocks else answer).strip()
        key = json.loads(item.key)
        if "query" in key:
            return _mark_query(text if blocks else "", key["query"])
        if "detection:" not in text:
            return Mark("unparsed", 0.0)
        fault = Demand(tuple(key["match"]), tuple(key["miss"])).find_fault(text)
        return Mark("wrong", 0.0, fault) if fault else Mark("correct", 1.0, "meets the demand")

    def show_key(self, key: str) -> str:
        """The rule or the query in a code block."""
        content = json.loads(key)
        return f"```\n{content.get('rule') or content['query']}\n```"

    def find_label_fault(self, case: Case) -> str:
        """Converts anew, or runs the rule over all events; a rule to repair must fail where the right one does not."""
        key = json.loads(case.key)
        if "query" in key:
            query = convert_rule(case.facts["rule"], case.facts["language"])
            return "" if key["query"] == query else f"the backend makes {query}"
        demand = Demand(tuple(key["match"]), tuple(key["miss"]))
        if [*demand.match] != case.facts["match"] or [*demand.miss] != case.facts["miss"]:
            return "the events are of another case"
        broken = case.facts.get("broken", "")
        if broken and not demand.find_fault(broken):
            return "the rule that is to be repaired has no fault"
        return demand.find_fault(key["rule"])


@lru_cache(maxsize=4096)
def convert_rule(text: str, language: str) -> str:
    """The query of a rule in a language, by pySigma's backend. Raises ValueError where it can't be converted."""
    from sigma.backends.elasticsearch.elasticsearch_esql import ESQLBackend
    from sigma.backends.kusto.kusto import KustoBackend
    from sigma.backends.splunk.splunk import SplunkBackend
    from sigma.collection import SigmaCollection
    from sigma.exceptions import SigmaError

    backend = {"splunk": SplunkBackend, "esql": ESQLBackend, "kusto": KustoBackend}[language]
    try:
        return str(backend().convert(SigmaCollection.from_dicts([load_yaml(text)]))[0])
    except (SigmaError, NotImplementedError) as error:
        raise ValueError(str(error)) from error


def _mark_query(found: str, wanted: str) -> Mark:
    if not found.strip():
        return Mark("unparsed", 0.0)
    is_equal = " ".join(found.split()) == " ".join(wanted.split())
    return Mark("correct" if is_equal else "wrong", float(is_equal), found.strip())


def _make_demand(rule: EventRule, draw: Random) -> Demand | None:
    hits = _distinct([make_hit(rule, draw) for _ in range(2 * _HIDDEN)])
    misses = _distinct([make(rule, draw) for make in (make_filtered, make_near_miss) for _ in range(_HIDDEN)])
    return Demand(tuple(hits), tuple(misses)) if len(hits) > 1 and len(misses) > 1 else None


def _distinct(made: Sequence[Any]) -> list[Event]:
    events = [dict(one.fields) for one in made if one is not None]
    return [event for place, event in enumerate(events) if event not in events[:place]]


def _build_conversions(rule: EventRule, seed: int) -> Iterator[Case]:
    variants = {"": rule.text, "-bare": remove_filters(rule.text) if rule.benign else ""}
    for suffix, text in variants.items():
        languages = LANGUAGES if rule.benign else [make_random(seed, "sigma", rule.upstream_id).choice(list(LANGUAGES))]
        for language in languages if text else ():
            title = LANGUAGES[language]
            try:
                query = convert_rule(text, language)
            except ValueError:
                continue
            draw = make_random(seed, "sigma", rule.upstream_id, language, suffix)
            fence = {"splunk": "spl", "esql": "esql", "kusto": "kusto"}[language]
            yield Case(
                id=f"{rule.upstream_id}/sigma.convert/{language}{suffix}",
                upstream_id=rule.upstream_id,
                split_key=rule.split_key,
                instruction=f"{draw.choice(CONVERT).format(language=title)} Answer with one code block, no mapping of "
                "fields.",
                input=f"```yaml\n{text}\n```",
                key=json.dumps({"query": query}),
                answer=f"{draw.choice(CONVERTED).format(language=title)}\n\n```{fence}\n{query}\n```",
                category="convert",
                entries=(rule.upstream_id, *rule.techniques),
                facts={"rule": text, "language": language},
            )


def _build_repairs(rule: EventRule, demand: Demand, seed: int) -> Iterator[Case]:
    seen: set[str] = set()
    for number in range(_REPAIRS if rule.benign else 1):
        draw = make_random(seed, "sigma", rule.upstream_id, "repair", str(number))
        faults = list(make_faults(rule.text, draw))
        # Of a catalogue's rule, of which there are thousands, one is enough.
        for fault in faults if rule.benign else draw.sample(faults, 1):
            symptom = _tell_symptom(fault.text, demand)
            if not symptom or fault.text in seen:
                continue
            seen.add(fault.text)
            yield _build_case(
                rule,
                demand,
                f"repair/{fault.name.replace(' ', '-')}-{number}",
                f"{draw.choice(REPAIR)} {ANSWER_RULE}",
                f"```yaml\n{fault.text}\n```\n\n{symptom}",
                fault.told,
                {"broken": fault.text},
            )


def _tell_symptom(text: str, demand: Demand) -> str:
    """What a user sees of the fault; empty where there is nothing to see."""
    try:
        condition = parse_condition(text)
    except ValueError as error:
        return f"The converter says: {str(error).splitlines()[0][:160]}"
    missed = next((event for event in demand.match if matches(condition, event) is not True), None)
    if missed is not None:
        return f"It stays silent on this event, which it is for:\n\n{_show(missed)}"
    fired = next((event for event in demand.miss if matches(condition, event)), None)
    return f"It fires on this event, which is harmless:\n\n{_show(fired)}" if fired is not None else ""


def _build_rules(rule: EventRule, demand: Demand, seed: int) -> Iterator[Case]:
    for number in range(_WRITES if rule.benign else 1):
        draw = make_random(seed, "sigma", rule.upstream_id, "write", str(number))
        hit, miss = draw.choice(demand.match), draw.sample(demand.miss, 2)
        source = ", ".join(f"{key}: {value}" for key, value in rule.logsource.items())
        harmless = f" Harmless: {rule.false_positives[0].rstrip('.')}." if rule.false_positives else ""
        shown = f"Must match:\n\n{_show(hit)}\n\nMust not match:\n\n" + "\n\n".join(map(_show, miss))
        yield _build_case(
            rule,
            demand,
            f"write/{number}",
            f"{draw.choice(WRITE)} {ANSWER_RULE}",
            f"{rule.description}{harmless}\n\nLog source: {source}\n\n{shown}",
            draw.choice(WRITTEN),
            {},
        )
    bare = remove_filters(rule.text) if rule.benign else ""
    fired = [event for event in demand.miss if bare and matches(parse_condition(bare), event)]
    for number in range(min(_TUNES, len(fired)) if bare else 0):
        draw = make_random(seed, "sigma", rule.upstream_id, "tune", str(number))
        cause = rule.false_positives[0].rstrip(".")
        yield _build_case(
            rule,
            demand,
            f"tune/{number}",
            f"{draw.choice(TUNE)} {ANSWER_RULE}",
            f"```yaml\n{bare}\n```\n\nFalse positive: {cause}.\n\n{_show(fired[number])}",
            draw.choice(TUNED).format(cause=f"{cause[0].lower()}{cause[1:]}"),
            {"broken": bare},
        )


def _build_case(
    rule: EventRule, demand: Demand, name: str, instruction: str, shown: str, told: str, facts: Mapping[str, Any]
) -> Case:
    events = {"match": [*demand.match], "miss": [*demand.miss]}
    return Case(
        id=f"{rule.upstream_id}/sigma.{name}",
        upstream_id=rule.upstream_id,
        split_key=rule.split_key,
        instruction=instruction,
        input=shown,
        key=json.dumps({"rule": rule.text, **events}),
        answer=f"{told}\n\n```yaml\n{rule.text}\n```",
        category=name.partition("/")[0],
        entries=(rule.upstream_id, *rule.techniques),
        facts={**events, **facts},
    )


def _show(event: Event) -> str:
    return f"```json\n{json.dumps(dict(event), ensure_ascii=False)}\n```"
