"""Questions about groups, malware and tools: which technique each uses, and which one a description means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hackmentor.data.compose.attack_phrases import format_full_name
from hackmentor.data.prose import trim_to_sentences
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor
from hackmentor.evaluate.exam.exam_question import AnswerOption, QuestionDraft
from hackmentor.evaluate.exam.technique_questions import find_technique_family
from hackmentor.evaluate.exam.weakness_questions import mask_terms

KIND_NAMES = {"group": "threat group", "malware": "malware", "tool": "tool"}


def draft_actor_questions(
    held_out_actors: Sequence[Actor], held_out_techniques: Sequence[Technique], known: Mapping[str, Technique]
) -> Iterator[QuestionDraft]:
    """Drafts all questions about held-out actors; only held-out techniques are right answers, all are in `known`."""
    by_id = {technique.upstream_id: technique for technique in held_out_techniques}
    for actor in held_out_actors:
        yield from _draft_technique_questions(actor, by_id, known)
        # A few words may describe several.
        if len(trim_to_sentences(actor.description, 60).split()) >= 12:
            yield _draft_description_question(actor)


def _draft_technique_questions(
    actor: Actor, held_out_techniques: Mapping[str, Technique], known: Mapping[str, Technique]
) -> Iterator[QuestionDraft]:
    used = [known[ref.id] for ref in actor.techniques if ref.id in known]
    right_ids: frozenset[str] = frozenset().union(*(find_technique_family(technique, known) for technique in used))
    for technique in (
        held_out_techniques[item.upstream_id] for item in used if item.upstream_id in held_out_techniques
    ):
        yield QuestionDraft(
            id=f"{actor.upstream_id}/uses/{technique.upstream_id}",
            category="actor: technique",
            question=f"Which technique does ATT&CK record for the {KIND_NAMES[actor.kind]} {actor.name}?",
            answer=AnswerOption(technique.upstream_id, format_full_name(technique), technique.split_key),
            excluded_keys=right_ids,
            upstream_ids=(actor.upstream_id, technique.upstream_id),
            pool=technique.domain,
        )


def _draft_description_question(actor: Actor) -> QuestionDraft:
    kind = KIND_NAMES[actor.kind]
    text = mask_terms(trim_to_sentences(actor.description, 60), (actor.name, *actor.aliases))
    related = {ref.id for ref in (*actor.users, *actor.tools)}
    return QuestionDraft(
        id=f"{actor.upstream_id}/described",
        category="actor: described",
        question=f"Which {kind} is this? {text}",
        answer=AnswerOption(actor.upstream_id, actor.name, actor.upstream_id),
        excluded_keys=frozenset(related),
        upstream_ids=(actor.upstream_id,),
        pool=actor.kind,
    )
