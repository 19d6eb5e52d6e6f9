"""How worked answers read: long enough, not of one mould; and dialogues that turn on what was said."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from statistics import median

import pytest

from hackmentor.tasks.case import Case
from hackmentor.tasks.dialogues import DialogueTask, load_situations
from tests.tasks.conftest import build_sides


def find_sentences(answer: str) -> set[str]:
    """The sentences of an answer without code, values and numbers."""
    text = re.sub(r"```.*?```", "", answer, flags=re.DOTALL)
    text = re.sub(r"`[^`]*`|\*[^*]+\*|\d+", "#", text)
    return {one.strip() for one in re.split(r"(?<=[.!?])\s+|\n+", text) if len(one.split()) >= 5}


@pytest.mark.parametrize(("name", "category"), [("triage", None), ("code", "review"), ("hunting", None)])
def test_notes_are_whole_and_not_of_one_mould(name: str, category: str | None) -> None:
    cases = [case for case in build_sides(name).cases if category in (None, case.category)]
    assert median(len(case.answer.split()) for case in cases) >= 120
    counts = Counter(sentence for case in cases for sentence in find_sentences(case.answer))
    common = [(sentence, count / len(cases)) for sentence, count in counts.most_common(1)]
    # Reviews of weak and of clean code are two kinds, each half of all.
    assert common[0][1] <= (0.10 if category else 0.05), common


def test_triage_quotes_what_decides_and_ends_each_way() -> None:
    cases = build_sides("triage").cases
    task = build_sides("triage").task
    quoted = [task.mark(case.to_item(1), case.answer).details["quoted"] for case in cases]
    assert median(quoted) >= 2
    shares = {verdict: count / len(cases) for verdict, count in Counter(case.key for case in cases).items()}
    assert all(0.25 <= share <= 0.5 for share in shares.values()), shares
    products = Counter(re.findall(r"product: (\w+)", case.input)[0] for case in cases if "product:" in case.input)
    assert products["windows"] / len(cases) <= 0.6
    assert len(products) >= 5


def test_a_twin_turn_changes_the_last_answer() -> None:
    """Another fact in the turn that states one leads to another decision, by the program that proves labels."""
    task, changed, swapped = DialogueTask(), 0, 0
    for case in build_sides("dialogues").cases:
        situation = next(one for one in load_situations() if one.id == case.facts["situation"])
        place = find_last_stated(case)
        if place is None:
            continue
        fact = situation.find_fact(case.earlier[place]["content"])
        twin = next(other for other in situation.facts if other is not fact)
        turns = [*case.earlier]
        turns[place] = {"role": "user", "content": twin.say[0].replace("«h»", "`h`").replace("«u»", "`u`")}
        swapped += 1
        changed += bool(task.find_label_fault(replace(case, earlier=tuple(turns))))
    assert swapped / len(build_sides("dialogues").cases) >= 0.6
    assert changed == swapped


def find_last_stated(case: Case) -> int | None:
    situation = next(one for one in load_situations() if one.id == case.facts["situation"])
    places = [
        place
        for place, message in enumerate(case.earlier)
        if message["role"] == "user" and situation.find_fact(message["content"])
    ]
    return places[-1] if places else None


def test_many_passages_have_three_techniques_or_more() -> None:
    cases = build_sides("techniques").cases
    sizes = [len(json.loads(case.key)["techniques"]) for case in cases]
    assert sum(size >= 3 for size in sizes) / len(sizes) >= 0.4
    assert 0.02 <= sizes.count(0) / len(sizes) <= 0.2
