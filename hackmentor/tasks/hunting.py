"""Task: a hunt for a technique: the log sources and events that show it, queries, thresholds and limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from hackmentor.exams.item import ExamItem, Mark
from hackmentor.tasks import hunting_wordings as words
from hackmentor.tasks.case import Case
from hackmentor.tasks.indicators import summarise_sets
from hackmentor.tasks.json_answers import compute_f1, find_json_object, format_json_block
from hackmentor.tasks.material import AnalyticText, Material
from hackmentor.tasks.task import Task, make_random

OFFERED = 8
PLANS = 2
MAX_RIGHT = 4
_CODES = re.compile(r"(EventCode|EventID|EventId|event_id)\s*[=:]\s*([\d, ]+)")
# What says no more than that something is logged.
_VAGUE = re.compile(r"^(?:None|N/A|-|unknown)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HuntedAnalytic:
    """An analytic of a technique, with sources of other techniques to tell its own from."""

    upstream_id: str
    split_key: str
    technique: str
    platform: str
    analytic: AnalyticText
    sources: tuple[str, ...]
    others: tuple[str, ...]


class HuntingTask(Task[HuntedAnalytic]):
    """Only the whole set of sources is correct; the score is its F1."""

    name = "hunting"
    title = "hunting plan"
    measure = "mean F1"
    sources = ("attack",)
    by_path = "a STIX bundle of ATT&CK"
    proof = "ATT&CK's analytics: the right sources are theirs, the others of no analytic of the technique"

    def list_units(self, material: Material) -> Sequence[HuntedAnalytic]:
        """Analytics with a log source that names an event or a channel."""
        found: list[HuntedAnalytic] = []
        everything: dict[str, set[str]] = {}
        for technique in material.techniques:
            for analytic in technique.analytics:
                for platform in analytic.platforms[:1]:
                    everything.setdefault(platform, set()).update(_name_sources(analytic))
        for technique in material.techniques:
            own = {source for analytic in technique.analytics for source in _name_sources(analytic)}
            for analytic in technique.analytics:
                named = _name_sources(analytic)
                platform = analytic.platforms[0] if analytic.platforms else ""
                others = tuple(sorted(everything.get(platform, set()) - own))
                if 0 < len(named) <= MAX_RIGHT and len(others) >= OFFERED and len(analytic.text.split()) >= 12:
                    id_, key, name = technique.upstream_id, technique.split_key, technique.name
                    found.append(HuntedAnalytic(id_, key, name, platform, analytic, named, others))
        return found

    def build_cases(self, units: Sequence[HuntedAnalytic], seed: int) -> Iterator[Case]:
        """Plans for each analytic, each with other sources to tell its own from."""
        for unit in units:
            for number in range(PLANS):
                draw = make_random(seed, self.name, unit.upstream_id, unit.analytic.id, str(number))
                yield _build_case(unit, number, draw)

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Reads `sources` of the last JSON object."""
        found = find_json_object(answer)
        listed = None if found is None else found.get("sources")
        if not isinstance(listed, list):
            return Mark("unparsed", 0.0)
        given = {" ".join(source.split()).lower() for source in listed if isinstance(source, str)}
        wanted = {" ".join(source.split()).lower() for source in json.loads(item.key)["sources"]}
        score = compute_f1(len(given & wanted), len(given), len(wanted))
        return Mark("correct" if given == wanted else "wrong", score, "; ".join(sorted(given)))

    def find_label_fault(self, case: Case) -> str:
        """Compares with the analytic's sources, and looks for all of them among those that are offered."""
        wanted = json.loads(case.key)["sources"]
        if sorted(wanted) != sorted(case.facts["sources"]):
            return f"the analytic has {case.facts['sources']}"
        lacking = [source for source in wanted if f"- {source}" not in case.input.split("\n")]
        return f"{lacking[0]} is not offered" if lacking else ""

    def summarise(self, marks: Sequence[Mark]) -> dict[str, float]:
        """The mean F1, and the share of whole sets."""
        return summarise_sets(marks)


def _name_sources(analytic: AnalyticText) -> tuple[str, ...]:
    pairs = [(log, " ".join(channel.split())) for log, channel in analytic.log_sources if not _VAGUE.match(channel)]
    return tuple(dict.fromkeys(f"{log}: {channel}" for log, channel in pairs if len(channel) <= 120))


def _build_case(unit: HuntedAnalytic, number: int, draw: Random) -> Case:
    offered = [*unit.sources, *draw.sample(unit.others, OFFERED - len(unit.sources))]
    listed = "\n".join(f"- {source}" for source in draw.sample(offered, OFFERED))
    behaviour = unit.analytic.text.split(". ")[0].rstrip(".")
    key = {"sources": list(unit.sources)}
    return Case(
        id=f"{unit.upstream_id}/hunting/{unit.analytic.id}-{number}",
        upstream_id=unit.upstream_id,
        split_key=unit.split_key,
        instruction=f"{draw.choice(words.INSTRUCTIONS).format(technique=unit.technique, id=unit.upstream_id)} "
        f"{words.RULES}",
        input=f"Platform: {unit.platform}\nBehaviour: {behaviour}.\n\nLog sources:\n{listed}",
        key=json.dumps(key, ensure_ascii=False),
        answer=f"{_write_plan(unit, draw)}\n\n{format_json_block(key)}",
        facts={"sources": list(unit.sources)},
    )


def _write_plan(unit: HuntedAnalytic, draw: Random) -> str:
    """Hypothesis, sources, queries, thresholds and limits."""
    slots = {
        "technique": unit.technique,
        "id": unit.upstream_id,
        "platform": unit.platform,
        "first": f"`{unit.sources[0]}`",
        "count": {1: "one source", 2: "two sources", 3: "three sources"}.get(len(unit.sources), "four sources"),
        "days": str(draw.choice((7, 14, 21, 30, 45))),
        "hosts": str(draw.choice((2, 3, 5, 8))),
    }
    parts = [_join(words.HYPOTHESIS, draw), _join(words.CHOICE, draw)]
    queries = "\n".join(f"- `{source}`:\n\n  ```spl\n  {write_query(source)}\n  ```" for source in unit.sources[:2])
    after = [_join(words.BASELINE, draw), _tell_tunables(unit, draw), _join(words.FOLLOW_UP, draw)]
    limits = f"{_join(words.LIMITS, draw)} {_join(words.OUTCOME, draw)}"
    told = [" ".join(parts), "{queries}", " ".join(filter(None, after)), limits]
    return "\n\n".join(told).format(**slots, queries="\x00").replace("\x00", queries)


def _join(halves: tuple[tuple[str, ...], tuple[str, ...]], draw: Random) -> str:
    return f"{draw.choice(halves[0])} {draw.choice(halves[1])}"


def _tell_tunables(unit: HuntedAnalytic, draw: Random) -> str:
    named = [f"`{name}`" for name, _ in unit.analytic.tunables[:2]]
    if not named:
        return ""
    names = " and ".join(named).replace("{", "").replace("}", "")
    return f"{draw.choice(words.TUNABLES[0]).format(names=names)} {draw.choice(words.TUNABLES[1])}"


def write_query(source: str) -> str:
    """The skeleton of a search for a source of the form `log: channel`."""
    log, _, channel = source.partition(": ")
    found = _CODES.search(channel)
    if found:
        codes = [code.strip() for code in found[2].split(",") if code.strip()]
        where = f"EventCode={codes[0]}" if len(codes) == 1 else f"EventCode IN ({', '.join(codes)})"
        return f'source="{log}" {where} | stats count, values(user) by host'
    phrases: Mapping[str, None] = dict.fromkeys(part.strip() for part in re.split(r",|/| or ", channel) if part.strip())
    terms = " OR ".join(f'"{phrase}"' for phrase in list(phrases)[:3])
    return f'source="{log}" ({terms}) | stats count, earliest(_time) by host, user'
