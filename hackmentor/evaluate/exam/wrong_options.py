"""Wrong options for a draft, and the place of the right one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hackmentor.data.hash_choice import number
from hackmentor.evaluate.exam.exam_question import Draft, Exam, ExamQuestion, Option

WRONG = 3
# How much shorter or longer than the right option a wrong one may be.
RATIO = 2.0


def complete(drafts: Sequence[Draft], seed: int) -> Exam:
    """Give every draft three wrong options, all four in an order fixed by the seed, or count it as left out.

    Left out too is a draft whose question says its own answer.

    Options are the right answers of other drafts of the same category and pool, and each is used as a wrong one about
    three times as often as it is right: so what is known of the options alone is worth no more than chance.
    """
    pools: dict[tuple[str, str], list[Draft]] = {}
    fair = (draft for draft in drafts if draft.answer.text.lower() not in draft.question.lower())
    for draft in sorted(fair, key=lambda draft: number(seed, "exam", draft.id)):
        pools.setdefault((draft.category, draft.pool), []).append(draft)
    found = {question.id: question for pool in pools.values() for question in _questions(pool, seed)}
    left_out = Counter(draft.category for draft in drafts if draft.id not in found)
    # In the order of the catalogue, not of the seed's hashes.
    return Exam(tuple(found[draft.id] for draft in drafts if draft.id in found), dict(sorted(left_out.items())))


def _questions(pool: Sequence[Draft], seed: int) -> list[ExamQuestion]:
    asked = _balanced(pool)
    right = Counter(draft.answer.text for draft in asked)
    options = list({draft.answer.text: draft.answer for draft in asked}.values())
    used: Counter[str] = Counter()
    questions: list[ExamQuestion] = []
    for draft in asked:
        # What has been a wrong option too seldom, for how often it is right, comes first.
        weight = {
            option.text: (used[option.text] // right[option.text], number(seed, "exam", draft.id, option.text))
            for option in options
        }
        wrong = _one_of_a_kin(sorted(options, key=lambda option: weight[option.text]), draft)
        if len(wrong) == WRONG:
            used.update(wrong)
            questions.append(_question(draft, wrong, seed))
    return questions


def _one_of_a_kin(options: Sequence[Option], draft: Draft) -> list[str]:
    chosen: dict[str, str] = {}
    for option in options:
        if len(chosen) < WRONG and option.kin != draft.answer.kin and option.kin not in chosen and _fits(draft, option):
            chosen[option.kin] = option.text
    return list(chosen.values())


def _balanced(pool: Sequence[Draft]) -> list[Draft]:
    """The drafts without those whose answer is right nearly everywhere: it could not be wrong often enough."""
    answers = {draft.answer.text: draft.answer for draft in pool}
    room = {text: sum(_fits(draft, answer) for draft in pool) for text, answer in answers.items()}
    kept: list[Draft] = []
    times: Counter[str] = Counter()
    for draft in pool:
        if times[draft.answer.text] < max(1, room[draft.answer.text] // WRONG):
            times[draft.answer.text] += 1
            kept.append(draft)
    return kept


def _fits(draft: Draft, option: Option) -> bool:
    """Whether the option is wrong for this draft, and of about the length of the right one."""
    low, high = len(draft.answer.text) / RATIO, len(draft.answer.text) * RATIO
    wrong = option.key != draft.answer.key and option.key not in draft.excluded and option.text != draft.answer.text
    return wrong and low <= len(option.text) <= high and option.text.lower() not in draft.question.lower()


def _question(draft: Draft, wrong: Sequence[str], seed: int) -> ExamQuestion:
    options = sorted((draft.answer.text, *wrong), key=lambda text: number(seed, "place", draft.id, text))
    return ExamQuestion(
        id=draft.id,
        category=draft.category,
        question=draft.question,
        options=tuple(options),
        answer_index=options.index(draft.answer.text),
        upstream_ids=draft.upstream_ids,
    )
