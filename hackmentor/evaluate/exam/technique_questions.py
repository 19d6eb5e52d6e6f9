"""Questions about adversary techniques: their tactic, what helps against them, which one a text or an alert shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hackmentor.data.compose.attack_phrases import full_name, paragraphs_of
from hackmentor.data.prose import whole
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.sigma import Alert
from hackmentor.evaluate.exam.exam_question import Draft, Option
from hackmentor.evaluate.exam.weakness_questions import masked

# These would do some good against nearly every technique.
GENERAL = {
    "Audit", "Application Developer Guidance", "Threat Intelligence Program", "Update Software", "User Guidance",
    "User Training",
}  # fmt: skip
# Tactics that the same event may serve: one of them is no wrong answer where another is right.
CLOSE = (
    {"Persistence", "Privilege Escalation"},
    {"Credential Access", "Discovery", "Collection"},
    {"Command and Control", "Exfiltration"},
    {"Initial Access", "Lateral Movement"},
)
# Much of what a rule sees on a host serves these as well.
NEARLY_ALWAYS = {"Execution", "Defense Evasion"}


def family_of(technique: Technique, known: Mapping[str, Technique]) -> frozenset[str]:
    """The ids of a technique, its parent, and all sub-techniques beside or below it."""
    top = known.get(technique.parent.id, technique) if technique.parent else technique
    return frozenset({technique.upstream_id, top.upstream_id, *(ref.id for ref in top.children)})


def _label(technique: Technique) -> str:
    return f"{technique.upstream_id} ({full_name(technique)})"


def technique_drafts(held_out: Sequence[Technique], known: Mapping[str, Technique]) -> Iterator[Draft]:
    """All drafts about held-out techniques; `known` is every technique by id."""
    for technique in held_out:
        family = family_of(technique, known)
        yield from _tactics(technique, family, known)
        yield from _mitigations(technique, family, known)
        yield _described(technique, family)


def _tactics(technique: Technique, family: frozenset[str], known: Mapping[str, Technique]) -> Iterator[Draft]:
    right = {tactic for key in family if key in known for tactic in known[key].tactics}
    # Without the name: profiles of actors list techniques by name under their tactics.
    for tactic in technique.tactics:
        yield Draft(
            id=f"{technique.upstream_id}/tactic/{tactic}",
            category="technique: tactic",
            question=f"Which tactic does this technique serve? {_blanked(technique)}",
            answer=Option(tactic, tactic, tactic),
            excluded=frozenset(right),
            upstream_ids=(technique.upstream_id,),
        )


def _blanked(technique: Technique) -> str:
    return masked(whole(paragraphs_of(technique)[0], 60), (technique.name, full_name(technique)))


def _mitigations(technique: Technique, family: frozenset[str], known: Mapping[str, Technique]) -> Iterator[Draft]:
    right = {item.id for key in family if key in known for item in known[key].mitigations}
    for item in (item for item in technique.mitigations if item.name not in GENERAL):
        yield Draft(
            id=f"{technique.upstream_id}/mitigation/{item.id}",
            category="technique: mitigation",
            question=f"Which mitigation does ATT&CK list for {_label(technique)}?",
            answer=Option(item.id, item.name, item.id),
            excluded=frozenset(right),
            upstream_ids=(technique.upstream_id,),
            pool=technique.domain,
        )


def _described(technique: Technique, family: frozenset[str]) -> Draft:
    return Draft(
        id=f"{technique.upstream_id}/described",
        category="technique: described",
        question=f"Which technique is this? {_blanked(technique)}",
        answer=Option(technique.upstream_id, full_name(technique), technique.split_key),
        excluded=family,
        upstream_ids=(technique.upstream_id,),
        pool=technique.domain,
    )


def alert_drafts(held_out: Sequence[Alert], known: Mapping[str, Technique]) -> Iterator[Draft]:
    """Which technique and which tactic a held-out detection rule reports."""
    tactics = {key: set(technique.tactics) for key, technique in known.items()}
    for alert in held_out:
        tagged = [known[ref.id] for ref in alert.techniques if ref.id in known]
        aims = set(alert.tactics).union(*(technique.tactics for technique in tagged))
        family: frozenset[str] = frozenset().union(*(family_of(technique, known) for technique in tagged))
        # A technique for the same purpose may fit what the rule sees as well as the one that its author chose.
        excluded = family | {key for key, those in tactics.items() if those & aims}
        seen = f"{alert.name}: {whole(alert.description, 70)}"
        # Of several techniques one may be beside the point.
        for technique in tagged if len(tagged) == 1 else ():
            yield Draft(
                id=f"{alert.upstream_id}/technique",
                category="alert: technique",
                question=f"Which technique does this detection rule report? {seen}",
                answer=Option(technique.upstream_id, full_name(technique), technique.split_key),
                excluded=excluded,
                upstream_ids=(alert.upstream_id,),
            )
        for tactic in alert.tactics if len(aims) == 1 and not NEARLY_ALWAYS & aims else ():
            near = next((group for group in CLOSE if tactic in group), set())
            yield Draft(
                id=f"{alert.upstream_id}/tactic",
                category="alert: tactic",
                question=f"Which tactic does this detection rule point to? {seen}",
                answer=Option(tactic, tactic, tactic),
                excluded=frozenset(aims | near),
                upstream_ids=(alert.upstream_id,),
            )
