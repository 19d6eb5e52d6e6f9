"""Task: the techniques that a passage describes, each with its evidence, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from hackmentor.exams.item import ExamItem, Mark
from hackmentor.tasks.case import Case
from hackmentor.tasks.indicators import summarise_sets
from hackmentor.tasks.json_answers import compute_f1, find_json_object, format_json_block
from hackmentor.tasks.material import Material, TechniqueEntry
from hackmentor.tasks.task import Task, make_random
from hackmentor.tasks.technique_wordings import EMPTY, FILLERS, INSTRUCTIONS, RULES, SUBJECTS

MIN_SENTENCES, MAX_SENTENCES = 3, 6
MIN_WORDS, MAX_WORDS = 8, 60
MAX_PASSAGES_OF_ACTOR = 6
# Of actors, one gets a passage that describes nothing: about one in twelve passages.
EMPTY_SHARE = 0.1
# A technique may have hundreds of sentences, all of which would go to one side.
MAX_SENTENCES_OF_TECHNIQUE = 80
# How often a sentence stands in passages about several actors.
ROUNDS = 2
MIXED_SIZES = (1, 2, 2, 3, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class ProcedureSentence:
    """What an actor did, in a sentence that ATT&CK files under exactly one technique."""

    upstream_id: str
    split_key: str
    technique: str
    actor_id: str
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A technique and the words of the passage that show it."""

    id: str
    evidence: str


class TechniqueTask(Task[ProcedureSentence]):
    """Only the whole set is correct; the score is the F1 of techniques whose evidence is in the right sentence."""

    name = "techniques"
    title = "techniques of a passage"
    measure = "mean F1"
    sources = ("attack",)
    by_path = "a STIX bundle of ATT&CK"
    proof = "ATT&CK's own relations; each evidence is a substring"

    def list_units(self, material: Material) -> Sequence[ProcedureSentence]:
        """Whole sentences about one enterprise technique that don't say its name."""
        filed: dict[tuple[str, str], list[TechniqueEntry]] = {}
        names: dict[str, str] = {}
        for technique in material.techniques:
            for procedure in technique.procedures if technique.domain == "enterprise" else ():
                filed.setdefault((procedure.actor.id, procedure.text), []).append(technique)
                names[procedure.actor.id] = procedure.actor.name
        counts: dict[str, int] = {}
        units = []
        for (actor, text), (technique, *others) in sorted(filed.items(), key=lambda item: item[0]):
            counts[technique.upstream_id] = counts.get(technique.upstream_id, 0) + 1
            is_rare = counts[technique.upstream_id] <= MAX_SENTENCES_OF_TECHNIQUE
            if is_rare and not others and _is_usable(text, technique.name):
                key, name = technique.split_key, technique.name
                units.append(ProcedureSentence(technique.upstream_id, key, name, actor, names[actor], text))
        return units

    def build_cases(self, units: Sequence[ProcedureSentence], seed: int) -> Iterator[Case]:
        """Passages of three to six sentences: about one actor, or, where one has too few, about several, or none."""
        by_actor: dict[str, list[ProcedureSentence]] = {}
        for unit in units:
            by_actor.setdefault(unit.actor_id, []).append(unit)
        lone: list[ProcedureSentence] = []
        for actor, sentences in by_actor.items():
            draw = make_random(seed, self.name, actor, sentences[0].upstream_id)
            draw.shuffle(sentences)
            groups = list(_group_sentences(sentences, draw))
            yield from (_build_case(chosen, draw) for chosen in groups)
            if not groups:
                lone += sentences
            if draw.random() < EMPTY_SHARE:
                yield _build_empty_case(sentences[0], draw)
        draw = make_random(seed, self.name, "several", *(one.upstream_id for one in lone[:1]))
        mixed = {_name_group(chosen): chosen for _ in range(ROUNDS) for chosen in _mix_sentences(lone, draw)}
        yield from (_build_case(chosen, draw) for chosen in mixed.values())

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Reads `techniques` of the last JSON object; an entry is a dict with `id` and `evidence`."""
        found = find_json_object(answer)
        listed = None if found is None else found.get("techniques")
        if not isinstance(listed, list):
            return Mark("unparsed", 0.0)
        wanted = {finding.id: finding.evidence for finding in _read_findings(json.loads(item.key)["techniques"])}
        given = {finding.id: finding for finding in _read_findings(listed)}
        hits = [key for key, finding in given.items() if key in wanted and _is_shown(finding, wanted[key], item)]
        score = compute_f1(len(hits), len(given), len(wanted))
        is_right = len(hits) == len(given) == len(wanted)
        return Mark("correct" if is_right else "wrong", score, ", ".join(sorted(given)) or "none")

    def find_label_fault(self, case: Case) -> str:
        """Compares with ATT&CK's relations, as they are in the facts, and looks for each evidence in the passage."""
        findings = _read_findings(json.loads(case.key)["techniques"])
        filed: Mapping[str, str] = case.facts["relations"]
        if {finding.id for finding in findings} != set(filed):
            return f"ATT&CK relates {sorted(filed)}"
        for finding in findings:
            if case.input.count(finding.evidence) != 1:
                return f"evidence of {finding.id} is not in the passage, or twice"
            if not filed[finding.id].endswith(finding.evidence.split(maxsplit=3)[-1]):
                return f"evidence of {finding.id} is of another relation"
        named = [name for name in case.facts["names"] if name.lower() in case.input.lower()]
        return f"the passage says the name {named[0]}" if named else ""

    def summarise(self, marks: Sequence[Mark]) -> dict[str, float]:
        """The mean F1, and the share of whole sets."""
        return summarise_sets(marks)


def _is_usable(text: str, name: str) -> bool:
    return MIN_WORDS <= len(text.split()) <= MAX_WORDS and "\n" not in text and name.lower() not in text.lower()


def _group_sentences(sentences: Sequence[ProcedureSentence], draw: Random) -> Iterator[list[ProcedureSentence]]:
    """Groups of sentences about distinct techniques, none of which says the name of another's."""
    rest = list(sentences)
    for _ in range(MAX_PASSAGES_OF_ACTOR):
        size, chosen = draw.randint(MIN_SENTENCES, MAX_SENTENCES), list[ProcedureSentence]()
        for sentence in rest:
            if len(chosen) < size and not any(_collide(sentence, other) for other in chosen):
                chosen.append(sentence)
        if len(chosen) < MIN_SENTENCES:
            return
        rest = [sentence for sentence in rest if sentence not in chosen]
        yield chosen


def _mix_sentences(sentences: Sequence[ProcedureSentence], draw: Random) -> Iterator[list[ProcedureSentence]]:
    """All sentences in groups of one to five, each about distinct techniques."""
    piles: dict[str, list[ProcedureSentence]] = {}
    for sentence in draw.sample(sentences, len(sentences)):
        piles.setdefault(sentence.split_key, []).append(sentence)
    while left := sorted(piles, key=lambda key: (-len(piles[key]), key)):
        chosen: list[ProcedureSentence] = []
        for key in left[: draw.choice(MIXED_SIZES)]:
            if not any(_collide(piles[key][-1], other) for other in chosen):
                chosen.append(piles[key].pop())
        piles = {key: pile for key, pile in piles.items() if pile}
        yield draw.sample(chosen, len(chosen))


def _name_group(chosen: Sequence[ProcedureSentence]) -> str:
    return f"{chosen[0].actor_id}/techniques/{'+'.join(sentence.upstream_id for sentence in chosen)}"


def _collide(one: ProcedureSentence, other: ProcedureSentence) -> bool:
    # A technique and its sub-technique in one passage would leave open which of them is meant.
    same = one.split_key == other.split_key
    return same or one.technique.lower() in other.text.lower() or other.technique.lower() in one.text.lower()


def _build_case(chosen: Sequence[ProcedureSentence], draw: Random) -> Case:
    actor, name, shown = chosen[0].actor_id, chosen[0].actor, list[str]()
    is_about_one = all(sentence.actor_id == actor for sentence in chosen)
    findings = []
    for place, sentence in enumerate(chosen):
        text = sentence.text
        if place and is_about_one and text.startswith(f"{name} "):
            text = f"{draw.choice(SUBJECTS[actor[0]])} {text.removeprefix(f'{name} ')}"
        findings.append(Finding(sentence.upstream_id, text))
        shown.append(text)
    least = max(0, MIN_SENTENCES - len(chosen))
    fillers = draw.sample(FILLERS, least + draw.choice((0, 1, 1, 2)))
    for filler in fillers:
        shown.insert(draw.randrange(1, len(shown) + 1), filler.format(name=name))
    key = {"techniques": [{"id": finding.id, "evidence": finding.evidence} for finding in findings]}
    names = {sentence.upstream_id: sentence.technique for sentence in chosen}
    reasons = [f"- {finding.id} ({names[finding.id]}): {_quote(finding.evidence)}" for finding in findings]
    empty = [f"No technique: {_quote(filler.format(name=name))}" for filler in fillers[:1]]
    return Case(
        id=_name_group(chosen),
        upstream_id=chosen[0].upstream_id,
        split_key=chosen[0].split_key,
        instruction=f"{draw.choice(INSTRUCTIONS)} {RULES}",
        input=" ".join(shown),
        key=json.dumps(key, ensure_ascii=False),
        answer="\n\n".join(("\n".join(reasons), *empty, format_json_block(key))),
        entries=tuple(sentence.upstream_id for sentence in chosen),
        facts={
            "relations": {sentence.upstream_id: sentence.text for sentence in chosen},
            "names": tuple(names.values()),
        },
    )


def _build_empty_case(sentence: ProcedureSentence, draw: Random) -> Case:
    chosen = draw.sample(FILLERS, draw.randint(MIN_SENTENCES, MAX_SENTENCES))
    reason = draw.choice(EMPTY).format(name=sentence.actor)
    return Case(
        id=f"{sentence.actor_id}/techniques/none-{sentence.upstream_id}",
        upstream_id=sentence.upstream_id,
        split_key=sentence.split_key,
        instruction=f"{draw.choice(INSTRUCTIONS)} {RULES}",
        input=" ".join(filler.format(name=sentence.actor) for filler in chosen),
        key='{"techniques": []}',
        answer=f"{reason}\n\n{format_json_block({'techniques': []})}",
        category="none",
        facts={"relations": {}, "names": ()},
    )


def _quote(text: str) -> str:
    words = text.split()
    return f'"{text.rstrip(".")}"' if len(words) <= 14 else f'"{" ".join(words[:12])} …"'


def _read_findings(listed: Sequence[object]) -> list[Finding]:
    found = []
    for entry in listed:
        if isinstance(entry, str):
            found.append(Finding(entry.strip().upper(), ""))
        elif isinstance(entry, dict) and isinstance(entry.get("id"), str):
            found.append(Finding(entry["id"].strip().upper(), str(entry.get("evidence") or "")))
    return found


def _is_shown(finding: Finding, wanted: str, item: ExamItem) -> bool:
    """Whether the evidence stands in the passage, in the sentence that shows the technique."""
    evidence, sentence = " ".join(finding.evidence.split()), " ".join(wanted.split())
    return (
        bool(evidence)
        and evidence in " ".join(item.question.split())
        and (evidence in sentence or sentence in evidence)
    )
