"""The exam that this package brings, built offline from the relations of the catalogues, and samples of it.

What is guaranteed: every entry whose training records could state an answer is on the evaluation side of the split for
the same seed and eval_fraction, and no seed question that trains refers to it. Where two entries could state a relation
(an actor and a technique, a weakness and its parent), both are. A technique's tactic is asked for by description, not
by name, because the profiles of actors list techniques by name under tactics. What is not: the base may have read the
catalogues before, a teacher's or a user's own records may say anything (their ids are not those of the catalogues), and
names that are options here may occur in the training text of other entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hackmentor.data.balance import share
from hackmentor.data.hash_choice import number
from hackmentor.data.sources import load_source
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor
from hackmentor.data.sources.catalogue import Entry
from hackmentor.data.sources.cwe_weakness import Weakness
from hackmentor.data.sources.seeds import Seed
from hackmentor.data.sources.sigma import Alert
from hackmentor.data.split import split_entries
from hackmentor.evaluate.exam.actor_questions import actor_drafts
from hackmentor.evaluate.exam.exam_question import Draft, Exam, ExamQuestion
from hackmentor.evaluate.exam.technique_questions import alert_drafts, technique_drafts
from hackmentor.evaluate.exam.weakness_questions import weakness_drafts
from hackmentor.evaluate.exam.wrong_options import complete

SOURCES = ("cwe", "attack", "sigma", "seeds")


def build_exam(*, seed: int, eval_fraction: float) -> Exam:
    """Every question that the entries on the evaluation side allow; the same arguments give the same exam.

    Raises UserError where a source is not installed.
    """
    everything = [entry for source in SOURCES for entry in load_source(source).entries]
    train, held_out = split_entries(everything, seed, eval_fraction)
    referred = {ref for entry in train if isinstance(entry, Seed) for ref in entry.refs}
    asked = [entry for entry in held_out if entry.upstream_id not in referred]
    trained = {entry.upstream_id for entry in train} | referred
    drafts = [draft for draft in _drafts(asked, everything) if not trained.intersection(draft.upstream_ids)]
    return complete(drafts, seed)


def _drafts(asked: Sequence[Entry], everything: Sequence[Entry]) -> Iterator[Draft]:
    techniques = {entry.upstream_id: entry for entry in everything if isinstance(entry, Technique)}
    yield from weakness_drafts(
        [entry for entry in asked if isinstance(entry, Weakness)],
        [entry for entry in everything if isinstance(entry, Weakness)],
    )
    held_out = [entry for entry in asked if isinstance(entry, Technique)]
    yield from technique_drafts(held_out, techniques)
    yield from actor_drafts([entry for entry in asked if isinstance(entry, Actor)], held_out, techniques)
    yield from alert_drafts([entry for entry in asked if isinstance(entry, Alert)], techniques)


def sample_questions(questions: Sequence[ExamQuestion], most: int, seed: int) -> list[ExamQuestion]:
    """At most so many of the questions, every category as evenly as can be, fixed by the seed alone."""
    groups: dict[str, list[ExamQuestion]] = {}
    for question in questions:
        groups.setdefault(question.category, []).append(question)
    places = share(most, {name: len(group) for name, group in groups.items()})
    chosen = {
        question.id
        for name, group in groups.items()
        for question in sorted(group, key=lambda one: number(seed, "exam sample", one.id))[: places[name]]
    }
    return [question for question in questions if question.id in chosen]
