"""Builds the exam offline from the relations in the catalogues, and samples questions from it.

What is guaranteed: every entry whose training records could state an answer is on the evaluation side of the split for
the same seed and eval_fraction, and no seed question that trains refers to it. Where two entries could state a relation
(an actor and a technique, a weakness and its parent), both are. A technique's tactic is asked for by description, not
by name, because the profiles of actors list techniques by name under tactics. What is not: the base may have read the
catalogues before, a teacher's or a user's own records may say anything (their ids are not those of the catalogues), and
names that are options here may occur in the training text of other entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hackmentor.data.balance import allocate_evenly
from hackmentor.data.hash_choice import hash_to_int
from hackmentor.data.sources import load_source
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor
from hackmentor.data.sources.catalogue import CatalogueEntry
from hackmentor.data.sources.cwe_weakness import Weakness
from hackmentor.data.sources.seeds import Seed, SeedDialogue
from hackmentor.data.sources.sigma import Alert
from hackmentor.data.split import split_entries
from hackmentor.evaluate.exam.actor_questions import draft_actor_questions
from hackmentor.evaluate.exam.exam_question import Exam, ExamQuestion, QuestionDraft
from hackmentor.evaluate.exam.technique_questions import draft_alert_questions, draft_technique_questions
from hackmentor.evaluate.exam.weakness_questions import draft_weakness_questions
from hackmentor.evaluate.exam.wrong_options import add_wrong_options

SOURCES = ("cwe", "attack", "sigma", "seeds")


def build_exam(*, seed: int, eval_fraction: float) -> Exam:
    """Builds every question that the evaluation side of the split allows; the same arguments give the same exam.

    Raises UserError if a source is not installed.
    """
    entries = [entry for source in SOURCES for entry in load_source(source).entries]
    train, held_out = split_entries(entries, seed, eval_fraction)
    referenced_ids = {ref for entry in train if isinstance(entry, Seed | SeedDialogue) for ref in entry.refs}
    candidates = [entry for entry in held_out if entry.upstream_id not in referenced_ids]
    trained_ids = {entry.upstream_id for entry in train} | referenced_ids
    drafts = [draft for draft in _draft_all(candidates, entries) if not trained_ids.intersection(draft.upstream_ids)]
    return add_wrong_options(drafts, seed)


def _draft_all(candidates: Sequence[CatalogueEntry], entries: Sequence[CatalogueEntry]) -> Iterator[QuestionDraft]:
    techniques = {entry.upstream_id: entry for entry in entries if isinstance(entry, Technique)}
    yield from draft_weakness_questions(
        [entry for entry in candidates if isinstance(entry, Weakness)],
        [entry for entry in entries if isinstance(entry, Weakness)],
    )
    held_out_techniques = [entry for entry in candidates if isinstance(entry, Technique)]
    yield from draft_technique_questions(held_out_techniques, techniques)
    yield from draft_actor_questions(
        [entry for entry in candidates if isinstance(entry, Actor)], held_out_techniques, techniques
    )
    yield from draft_alert_questions([entry for entry in candidates if isinstance(entry, Alert)], techniques)


def sample_questions(questions: Sequence[ExamQuestion], max_questions: int, seed: int) -> list[ExamQuestion]:
    """Samples at most `max_questions`, as evenly over categories as possible; depends on the seed alone."""
    groups: dict[str, list[ExamQuestion]] = {}
    for question in questions:
        groups.setdefault(question.category, []).append(question)
    places = allocate_evenly(max_questions, {name: len(group) for name, group in groups.items()})
    chosen = {
        question.id
        for name, group in groups.items()
        for question in sorted(group, key=lambda item: hash_to_int(seed, "exam sample", item.id))[: places[name]]
    }
    return [question for question in questions if question.id in chosen]
