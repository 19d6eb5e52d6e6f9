"""Wrong options for drafts, and the position of the right one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hackmentor.data.hash_choice import hash_to_int
from hackmentor.evaluate.exam.exam_question import AnswerOption, Exam, ExamQuestion, QuestionDraft

WRONG_OPTIONS = 3
# How much shorter or longer than the right option a wrong one may be.
MAX_LENGTH_RATIO = 2.0


def add_wrong_options(drafts: Sequence[QuestionDraft], seed: int) -> Exam:
    """Gives every draft three wrong options, all four in an order fixed by the seed, or counts it as left out.

    A draft whose question contains its answer is left out too.

    Options are the right answers of other drafts of the same category and pool, and each is used as a wrong one about
    three times as often as it is right: so guessing from the options alone is no better than chance.
    """
    pools: dict[tuple[str, str], list[QuestionDraft]] = {}
    usable = (draft for draft in drafts if draft.answer.text.lower() not in draft.question.lower())
    for draft in sorted(usable, key=lambda draft: hash_to_int(seed, "exam", draft.id)):
        pools.setdefault((draft.category, draft.pool), []).append(draft)
    questions_by_id = {
        question.id: question for pool in pools.values() for question in _build_pool_questions(pool, seed)
    }
    left_out = Counter(draft.category for draft in drafts if draft.id not in questions_by_id)
    # In the order of the catalogue, not of the hashes.
    return Exam(
        tuple(questions_by_id[draft.id] for draft in drafts if draft.id in questions_by_id),
        dict(sorted(left_out.items())),
    )


def _build_pool_questions(pool: Sequence[QuestionDraft], seed: int) -> list[ExamQuestion]:
    drafts = _drop_overused_answers(pool)
    right_counts = Counter(draft.answer.text for draft in drafts)
    options = list({draft.answer.text: draft.answer for draft in drafts}.values())
    wrong_counts: Counter[str] = Counter()
    questions: list[ExamQuestion] = []
    for draft in drafts:
        # Options that have been wrong too rarely, compared with how often they are right, come first.
        priority = {
            option.text: (
                wrong_counts[option.text] // right_counts[option.text],
                hash_to_int(seed, "exam", draft.id, option.text),
            )
            for option in options
        }
        wrong = _choose_one_per_group(sorted(options, key=lambda option: priority[option.text]), draft)
        if len(wrong) == WRONG_OPTIONS:
            wrong_counts.update(wrong)
            questions.append(_build_question(draft, wrong, seed))
    return questions


def _choose_one_per_group(options: Sequence[AnswerOption], draft: QuestionDraft) -> list[str]:
    chosen: dict[str, str] = {}
    for option in options:
        if (
            len(chosen) < WRONG_OPTIONS
            and option.group != draft.answer.group
            and option.group not in chosen
            and _is_usable_wrong_option(draft, option)
        ):
            chosen[option.group] = option.text
    return list(chosen.values())


def _drop_overused_answers(pool: Sequence[QuestionDraft]) -> list[QuestionDraft]:
    """Drops drafts whose answer is right in so many that it can't be a wrong option often enough."""
    answers = {draft.answer.text: draft.answer for draft in pool}
    wrong_uses = {
        text: sum(_is_usable_wrong_option(draft, answer) for draft in pool) for text, answer in answers.items()
    }
    kept: list[QuestionDraft] = []
    right_counts: Counter[str] = Counter()
    for draft in pool:
        if right_counts[draft.answer.text] < max(1, wrong_uses[draft.answer.text] // WRONG_OPTIONS):
            right_counts[draft.answer.text] += 1
            kept.append(draft)
    return kept


def _is_usable_wrong_option(draft: QuestionDraft, option: AnswerOption) -> bool:
    """Whether the option is wrong for this draft, and of about the length of the right one."""
    low, high = len(draft.answer.text) / MAX_LENGTH_RATIO, len(draft.answer.text) * MAX_LENGTH_RATIO
    wrong = (
        option.key != draft.answer.key and option.key not in draft.excluded_keys and option.text != draft.answer.text
    )
    return wrong and low <= len(option.text) <= high and option.text.lower() not in draft.question.lower()


def _build_question(draft: QuestionDraft, wrong_texts: Sequence[str], seed: int) -> ExamQuestion:
    options = sorted((draft.answer.text, *wrong_texts), key=lambda text: hash_to_int(seed, "place", draft.id, text))
    return ExamQuestion(
        id=draft.id,
        category=draft.category,
        question=draft.question,
        options=tuple(options),
        answer_index=options.index(draft.answer.text),
        upstream_ids=draft.upstream_ids,
    )
