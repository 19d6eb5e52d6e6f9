"""Task: dialogues in which one fact that the user gives, corrects or leaves out decides the last answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import yaml

from hackmentor.exams.item import ExamItem, Mark
from hackmentor.records.message import Message
from hackmentor.tasks.case import Case
from hackmentor.tasks.dialogue_wordings import (
    ACKNOWLEDGED,
    CORRECTION,
    DEPENDS,
    EITHER_WAY,
    IF_RIGHT,
    IMPATIENT,
    NOTHING_ELSE,
    OFFERED_HELP,
    PEOPLE,
    TAKEN_BACK,
    UNTIL_THEN,
)
from hackmentor.tasks.material import Material
from hackmentor.tasks.task import Task, make_random

DIALOGUES_FILE = Path(__file__).with_name("dialogues.yaml")
ASK = "ask"
_PER_FACT, _CORRECTED, _LACKING = 12, 5, 9
_DECISION = re.compile(r"\bdecision\W+([a-z]+)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DecidingFact:
    """What the user may say, the decision that follows, and the last answer."""

    say: Sequence[str]
    key: str
    answer: str


@dataclass(frozen=True, slots=True)
class Situation:
    """A question that can't be answered without a fact, with several facts that it may turn out to be."""

    id: str
    opening: Sequence[str]
    ask: Sequence[str]
    question: Sequence[str]
    facts: Sequence[DecidingFact]

    @property
    def upstream_id(self) -> str:
        """Its id among all texts."""
        return f"dialogue:{self.id}"

    @property
    def split_key(self) -> str:
        """All dialogues about it stay together."""
        return self.upstream_id

    def find_fact(self, text: str) -> DecidingFact | None:
        """The fact that a text of ours states; None if it states none."""
        plain = re.sub(r"`[^`]*`", "«»", text)
        stated = [fact for fact in self.facts if any(re.sub(r"«\w»", "«»", say) in plain for say in fact.say)]
        return stated[0] if len(stated) == 1 else None


class DialogueTask(Task[Situation]):
    """Right is the decision that follows from what the user said last about the fact, or `ask` where it is lacking."""

    name = "dialogues"
    title = "dialogues that turn on a fact"
    proof = "the fact, read again from the user's turns; its twin leads to another decision"

    def list_units(self, material: Material) -> Sequence[Situation]:
        """Our own situations."""
        return load_situations()

    def build_cases(self, units: Sequence[Situation], seed: int) -> Iterator[Case]:
        """For each fact: given when asked, and given in place of another; and dialogues without it."""
        for situation in units:
            for place, fact in enumerate(situation.facts):
                for number in range(_PER_FACT):
                    draw = make_random(seed, self.name, situation.id, fact.key, str(number))
                    yield _build_given(situation, place, number, draw)
                for number in range(_CORRECTED):
                    draw = make_random(seed, self.name, situation.id, fact.key, "corrected", str(number))
                    yield _build_corrected(situation, place, number, draw)
            for number in range(_LACKING):
                yield _build_lacking(situation, number, make_random(seed, self.name, situation.id, str(number)))

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """The last decision in the answer."""
        found = _DECISION.findall(answer)
        if not found:
            return Mark("unparsed", 0.0)
        is_right = f"Decision: {found[-1].lower()}" == item.key
        return Mark("correct" if is_right else "wrong", float(is_right), found[-1].lower())

    def find_label_fault(self, case: Case) -> str:
        """Reads the fact from the user's last turn that states one."""
        situation = next(one for one in load_situations() if one.id == case.facts["situation"])
        turns = [message["content"] for message in case.earlier if message["role"] == "user"]
        stated = [fact for turn in (*turns, case.question) if (fact := situation.find_fact(turn))]
        expected = f"Decision: {stated[-1].key if stated else ASK}"
        return "" if case.key == expected else f"what the user says leads to {expected}"


@cache
def load_situations() -> tuple[Situation, ...]:
    """All situations."""
    content = yaml.safe_load(DIALOGUES_FILE.read_text(encoding="utf-8"))
    return tuple(
        Situation(**{**fields, "facts": [DecidingFact(**fact) for fact in fields["facts"]]}) for fields in content
    )


def _build_given(situation: Situation, place: int, number: int, draw: Random) -> Case:
    fact, names = situation.facts[place], _draw_names(draw)
    turns = [
        ("user", draw.choice(situation.opening)),
        ("assistant", draw.choice(situation.ask)),
        ("user", draw.choice(fact.say)),
        ("assistant", draw.choice(ACKNOWLEDGED)),
    ]
    question = f"{draw.choice(NOTHING_ELSE)} {draw.choice(situation.question)}"
    return _build_case(situation, f"{fact.key}-{number}", turns, question, fact.key, fact.answer, names, "given")


def _build_corrected(situation: Situation, place: int, number: int, draw: Random) -> Case:
    fact, names = situation.facts[place], _draw_names(draw)
    wrong = draw.choice([other for other in situation.facts if other is not fact])
    turns = [
        ("user", draw.choice(situation.opening)),
        ("assistant", draw.choice(situation.ask)),
        ("user", draw.choice(wrong.say)),
        ("assistant", f"{wrong.answer.split('. ')[0].rstrip('.')}. {draw.choice(IF_RIGHT)}"),
        ("user", f"{draw.choice(CORRECTION)} {draw.choice(fact.say)}"),
        ("assistant", draw.choice(TAKEN_BACK)),
    ]
    name = f"{fact.key}-corrected-{number}"
    return _build_case(
        situation, name, turns, draw.choice(situation.question), fact.key, fact.answer, names, "corrected"
    )


def _build_lacking(situation: Situation, number: int, draw: Random) -> Case:
    names = _draw_names(draw)
    turns = [
        ("user", draw.choice(situation.opening)),
        ("assistant", draw.choice(OFFERED_HELP)),
    ]
    question = f"{draw.choice(IMPATIENT)} {draw.choice(situation.question)}"
    options = [fact.answer.split(". ")[0].rstrip(".") for fact in situation.facts]
    told = f"{draw.choice(DEPENDS)} {draw.choice(situation.ask)} {draw.choice(EITHER_WAY)}"
    listed = "\n".join(f"- {option}." for option in draw.sample(options, 2))
    answer = f"{told}\n\n{listed}\n\n{draw.choice(UNTIL_THEN)}"
    return _build_case(situation, f"lacking-{number}", turns, question, ASK, answer, names, "lacking")


def _build_case(
    situation: Situation,
    name: str,
    turns: Sequence[tuple[str, str]],
    question: str,
    key: str,
    answer: str,
    names: Mapping[str, str],
    category: str,
) -> Case:
    earlier: list[Message] = [{"role": role, "content": _fill(text, names)} for role, text in turns]
    choices = ", ".join(sorted(fact.key for fact in situation.facts))
    demand = f"End with one line: Decision: <one of {choices}, or {ASK} if something is lacking>."
    return Case(
        id=f"{situation.upstream_id}/{name}",
        upstream_id=situation.upstream_id,
        split_key=situation.split_key,
        instruction=f"{_fill(question, names)} {demand}",
        input="",
        key=f"Decision: {key}",
        answer=f"{_fill(answer, names)}\n\nDecision: {key}",
        category=category,
        earlier=tuple(earlier),
        facts={"situation": situation.id},
    )


def _draw_names(draw: Random) -> dict[str, str]:
    host = f"{draw.choice(('WS', 'SRV', 'LT', 'APP', 'NODE'))}-{draw.randrange(1, 400):03d}"
    return {"h": host, "u": draw.choice(PEOPLE)}


def _fill(text: str, names: Mapping[str, str]) -> str:
    return text.replace("«h»", f"`{names['h']}`").replace("«u»", f"`{names['u']}`")
