"""Task: an event and the rule that brought it up: true positive, benign, or more data needed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random

from hackmentor.exams.item import ExamItem, Mark
from hackmentor.tasks import triage_actions as advice
from hackmentor.tasks import triage_wordings as words
from hackmentor.tasks.case import Case
from hackmentor.tasks.json_answers import format_json_block
from hackmentor.tasks.material import Material
from hackmentor.tasks.sigma_events import MadeEvent, make_filtered, make_hit, make_near_miss, make_unrecorded
from hackmentor.tasks.sigma_match import iter_leaves, leaf_holds, matches, parse_condition
from hackmentor.tasks.sigma_rules import EventRule, convert_rules, load_own_rules
from hackmentor.tasks.task import Task, make_random

VERDICTS = ("true positive", "benign", "needs data")
_VERDICT = re.compile(rf"\bverdict\W+({'|'.join(VERDICTS)})\b", re.IGNORECASE)
_Maker = Callable[[EventRule, Random], MadeEvent | None]
# How many events of each kind are made of a rule of our own; of a catalogue's rule, one of each.
_MAKERS: Mapping[str, tuple[_Maker, int]] = {
    "hit": (make_hit, 14),
    "near miss": (make_near_miss, 8),
    "filtered": (make_filtered, 7),
    "unrecorded": (make_unrecorded, 12),
}
_BY_OUTCOME: Mapping[bool | None, str] = {True: "true positive", False: "benign", None: "needs data"}
MAX_QUOTED = 4


class TriageTask(Task[EventRule]):
    """The last line of an answer names the verdict."""

    name = "triage"
    title = "event triage"
    by_path = "SigmaHQ's rules"
    proof = "the rule, run over the event in three-valued logic on pySigma's tree"

    def list_units(self, material: Material) -> Sequence[EventRule]:
        """Our own rules, and those of a catalogue."""
        return [*load_own_rules(), *convert_rules(material)]

    def build_cases(self, units: Sequence[EventRule], seed: int) -> Iterator[Case]:
        """Hits, near misses, events that a filter takes out, and events with a gap."""
        for rule in units:
            yield from _build_real_cases(rule, seed)
            seen: set[str] = set()
            for kind, (make, count) in _MAKERS.items():
                for number in range(count if rule.benign else 1):
                    draw = make_random(seed, self.name, rule.upstream_id, kind, str(number))
                    made = make(rule, draw)
                    shown = json.dumps(made.fields) if made else ""
                    if made and shown not in seen:
                        seen.add(shown)
                        yield _build_case(rule, made, f"{kind.replace(' ', '-')}-{number}", draw)

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """The last verdict in the answer, or the answer itself where it is nothing else."""
        found = _VERDICT.findall(answer) or [text for text in VERDICTS if answer.strip().lower() == text]
        if not found:
            return Mark("unparsed", 0.0)
        verdict = found[-1].lower()
        fields: list[str] = [value for value in _read_event(item.question).values() if len(value) > 3]
        quoted = float(sum(value in answer for value in fields))
        is_right = verdict == item.key
        return Mark("correct" if is_right else "wrong", float(is_right), verdict, {"quoted": quoted})

    def find_label_fault(self, case: Case) -> str:
        """Runs the rule over the event as both stand in the question."""
        event = _read_event(case.input)
        outcome = matches(parse_condition(case.facts["rule"]), event, frozenset(case.facts["unrecorded"]))
        if case.facts["rule"] not in case.input:
            return "the rule is not the one that is shown"
        return "" if case.key == _BY_OUTCOME[outcome] else f"the rule says {_BY_OUTCOME[outcome]}"


def _build_real_cases(rule: EventRule, seed: int) -> Iterator[Case]:
    """Each real event, and a near miss made of it."""
    for number, event in enumerate(rule.events):
        draw = make_random(seed, "triage", rule.upstream_id, "real", str(number))
        hit = MadeEvent("hit", dict(event))
        yield _build_case(rule, hit, f"real-{number}", draw)
        changed = make_near_miss(rule, draw, hit)
        if changed:
            yield _build_case(rule, changed, f"real-near-miss-{number}", draw)


def _read_event(question: str) -> dict[str, str]:
    blocks = re.findall(r"```json\n(.*?)```", question, re.DOTALL)
    event: dict[str, str] = json.loads(blocks[-1]) if blocks else {}
    return event


def _build_case(rule: EventRule, made: MadeEvent, number: str, draw: Random) -> Case:
    verdict = _BY_OUTCOME[matches(rule.condition, made.fields, made.unrecorded)]
    order = draw.sample(sorted(made.fields), len(made.fields))
    gap = f"\n\nNot recorded by the sensor: {', '.join(sorted(made.unrecorded))}" if made.unrecorded else ""
    event = format_json_block({name: made.fields[name] for name in order})
    return Case(
        id=f"{rule.upstream_id}/triage/{number}",
        upstream_id=rule.upstream_id,
        split_key=rule.split_key,
        instruction=f"{draw.choice(words.INSTRUCTIONS)} {words.RULES}",
        input=f"Asset: {rule.asset}\n\nRule:\n\n```yaml\n{rule.text}\n```\n\nEvent:\n\n{event}{gap}",
        key=verdict,
        answer=write_answer(rule, made, verdict, draw),
        category=made.kind,
        entries=(rule.upstream_id, *rule.techniques),
        facts={"rule": rule.text, "unrecorded": sorted(made.unrecorded)},
    )


def write_answer(rule: EventRule, made: MadeEvent, verdict: str, draw: Random) -> str:
    """Observation, reasoning, action and uncertainty in prose, then the verdict."""
    slots = _fill_slots(rule, made, draw)
    kind = made.kind
    observed = f"{draw.choice(words.LEADS)} {draw.choice(words.OBSERVED)}"
    reasons = draw.sample(words.REASONS[kind], 2)
    nexts = [draw.choice(advice.NEXT[_get_family(rule)][0]), draw.choice(advice.NEXT[_get_family(rule)][1])]
    actions = [draw.choice(advice.ACTIONS[kind])]
    if verdict == "true positive":
        actions = draw.sample(advice.CONTAIN.get(rule.asset, advice.CONTAIN["server"]), 2)
    doubts = draw.sample(words.DOUBTS[kind], 2)
    parts = [[observed, _name_values(rule, made, draw)], reasons, [*nexts, *actions], doubts]
    texts = [" ".join(part).format(**slots) for part in parts]
    if draw.random() < 0.5:
        heads = draw.choice(words.HEADS)
        texts = [f"{head} {text}" for head, text in zip(heads, texts, strict=True)]
    return "\n\n".join([*texts, f"Verdict: {verdict}"])


def _fill_slots(rule: EventRule, made: MadeEvent, draw: Random) -> dict[str, str]:
    fields = made.fields
    host = next((fields[name] for name in words.HOST_FIELDS if name in fields), f"the {rule.asset}")
    user = next((fields[name] for name in words.USER_FIELDS if name in fields), "the account")
    when = next((fields[name] for name in words.TIME_FIELDS if name in fields), "that time")
    return {
        "title": rule.title,
        "about": f"{rule.description[0].lower()}{rule.description[1:]}".rstrip("."),
        "host": f"`{host}`",
        "user": f"`{user}`",
        "time": when.replace("T", " ").rstrip("Z"),
        "changed": f"`{made.changed}`",
        "value": f"`{fields[made.changed]}`" if made.changed in fields else "nothing",
        "harmless": rule.false_positives[0].rstrip(".") if rule.false_positives else "a known tool",
        "asset": rule.asset,
        "technique": rule.techniques[0] if rule.techniques else "no technique",
        "minutes": str(draw.choice((10, 15, 20, 30, 45, 60))),
        "days": str(draw.choice((7, 14, 30, 60, 90))),
    }


def _name_values(rule: EventRule, made: MadeEvent, draw: Random) -> str:
    """The fields that decide, with their values, those that hold apart from those that don't."""
    held, failed = list[str](), list[str]()
    for leaf in iter_leaves(rule.condition):
        if leaf.field and leaf.field in made.fields and made.fields[leaf.field]:
            told = f"`{leaf.field}` is `{made.fields[leaf.field]}`".replace("{", "{{").replace("}", "}}")
            (held if leaf_holds(leaf, made.fields) else failed).append(told)
    chosen = list(dict.fromkeys(held))[:MAX_QUOTED] or list(dict.fromkeys(failed))[:MAX_QUOTED]
    return draw.choice(words.VALUES).format(values="; ".join(chosen))


def _get_family(rule: EventRule) -> str:
    source = rule.logsource
    for key in (source.get("category", ""), source.get("service", ""), source.get("product", "")):
        if key in advice.FAMILIES:
            return advice.FAMILIES[key]
    return "host"
