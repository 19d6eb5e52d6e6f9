"""Questions about groups, malware and tools: which technique they use, and which of them a text describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hackmentor.data.compose.attack_phrases import full_name
from hackmentor.data.prose import whole
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor
from hackmentor.evaluate.exam.exam_question import Draft, Option
from hackmentor.evaluate.exam.technique_questions import family_of
from hackmentor.evaluate.exam.weakness_questions import masked

KINDS = {"group": "threat group", "malware": "malware", "tool": "tool"}


def actor_drafts(
    held_out: Sequence[Actor], asked: Sequence[Technique], known: Mapping[str, Technique]
) -> Iterator[Draft]:
    """All drafts about held-out actors; of techniques only the held-out ones (`asked`) are answers."""
    by_id = {technique.upstream_id: technique for technique in asked}
    for actor in held_out:
        yield from _techniques(actor, by_id, known)
        # A few words may fit several.
        if len(whole(actor.description, 60).split()) >= 12:
            yield _described(actor)


def _techniques(actor: Actor, asked: Mapping[str, Technique], known: Mapping[str, Technique]) -> Iterator[Draft]:
    used = [known[ref.id] for ref in actor.techniques if ref.id in known]
    right: frozenset[str] = frozenset().union(*(family_of(technique, known) for technique in used))
    for technique in (asked[item.upstream_id] for item in used if item.upstream_id in asked):
        yield Draft(
            id=f"{actor.upstream_id}/uses/{technique.upstream_id}",
            category="actor: technique",
            question=f"Which technique does ATT&CK record for the {KINDS[actor.kind]} {actor.name}?",
            answer=Option(technique.upstream_id, full_name(technique), technique.split_key),
            excluded=right,
            upstream_ids=(actor.upstream_id, technique.upstream_id),
            pool=technique.domain,
        )


def _described(actor: Actor) -> Draft:
    kind = KINDS[actor.kind]
    text = masked(whole(actor.description, 60), (actor.name, *actor.also))
    related = {ref.id for ref in (*actor.users, *actor.tools)}
    return Draft(
        id=f"{actor.upstream_id}/described",
        category="actor: described",
        question=f"Which {kind} is this? {text}",
        answer=Option(actor.upstream_id, actor.name, actor.upstream_id),
        excluded=frozenset(related),
        upstream_ids=(actor.upstream_id,),
        pool=actor.kind,
    )
