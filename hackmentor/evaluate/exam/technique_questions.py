"""Questions about ATT&CK techniques: tactic, mitigation, and which one a description or a detection rule shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hackmentor.data.compose.attack_phrases import format_full_name, split_description
from hackmentor.data.prose import trim_to_sentences
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.sigma import Alert
from hackmentor.evaluate.exam.exam_question import AnswerOption, QuestionDraft
from hackmentor.evaluate.exam.weakness_questions import mask_terms

# These mitigate nearly every technique to some extent.
GENERIC_MITIGATIONS = {
    "Audit", "Application Developer Guidance", "Threat Intelligence Program", "Update Software", "User Guidance",
    "User Training",
}  # fmt: skip
# Tactics that one event may serve: none of them is a wrong option where another is right.
OVERLAPPING_TACTICS = (
    {"Persistence", "Privilege Escalation"},
    {"Credential Access", "Discovery", "Collection"},
    {"Command and Control", "Exfiltration"},
    {"Initial Access", "Lateral Movement"},
)
# Much of what a rule detects on a host serves these as well.
COMMON_TACTICS = {"Execution", "Defense Evasion"}


def find_technique_family(technique: Technique, known: Mapping[str, Technique]) -> frozenset[str]:
    """The ids of a technique, its parent, and all sub-techniques beside or below it."""
    top = known.get(technique.parent.id, technique) if technique.parent else technique
    return frozenset({technique.upstream_id, top.upstream_id, *(ref.id for ref in top.children)})


def _label(technique: Technique) -> str:
    return f"{technique.upstream_id} ({format_full_name(technique)})"


def draft_technique_questions(held_out: Sequence[Technique], known: Mapping[str, Technique]) -> Iterator[QuestionDraft]:
    """Drafts all questions about held-out techniques; `known` has every technique by its id."""
    for technique in held_out:
        family = find_technique_family(technique, known)
        yield from _draft_tactic_questions(technique, family, known)
        yield from _draft_mitigation_questions(technique, family, known)
        yield _draft_description_question(technique, family)


def _draft_tactic_questions(
    technique: Technique, family: frozenset[str], known: Mapping[str, Technique]
) -> Iterator[QuestionDraft]:
    right_ids = {tactic for key in family if key in known for tactic in known[key].tactics}
    # Without the name: profiles of actors list techniques by name under their tactics.
    for tactic in technique.tactics:
        yield QuestionDraft(
            id=f"{technique.upstream_id}/tactic/{tactic}",
            category="technique: tactic",
            question=f"Which tactic does this technique serve? {_masked_description(technique)}",
            answer=AnswerOption(tactic, tactic, tactic),
            excluded_keys=frozenset(right_ids),
            upstream_ids=(technique.upstream_id,),
        )


def _masked_description(technique: Technique) -> str:
    return mask_terms(
        trim_to_sentences(split_description(technique)[0], 60), (technique.name, format_full_name(technique))
    )


def _draft_mitigation_questions(
    technique: Technique, family: frozenset[str], known: Mapping[str, Technique]
) -> Iterator[QuestionDraft]:
    right_ids = {item.id for key in family if key in known for item in known[key].mitigations}
    for item in (item for item in technique.mitigations if item.name not in GENERIC_MITIGATIONS):
        yield QuestionDraft(
            id=f"{technique.upstream_id}/mitigation/{item.id}",
            category="technique: mitigation",
            question=f"Which mitigation does ATT&CK list for {_label(technique)}?",
            answer=AnswerOption(item.id, item.name, item.id),
            excluded_keys=frozenset(right_ids),
            upstream_ids=(technique.upstream_id,),
            pool=technique.domain,
        )


def _draft_description_question(technique: Technique, family: frozenset[str]) -> QuestionDraft:
    return QuestionDraft(
        id=f"{technique.upstream_id}/described",
        category="technique: described",
        question=f"Which technique is this? {_masked_description(technique)}",
        answer=AnswerOption(technique.upstream_id, format_full_name(technique), technique.split_key),
        excluded_keys=family,
        upstream_ids=(technique.upstream_id,),
        pool=technique.domain,
    )


def draft_alert_questions(held_out: Sequence[Alert], known: Mapping[str, Technique]) -> Iterator[QuestionDraft]:
    """Drafts questions on which technique and which tactic a held-out detection rule reports."""
    tactics = {key: set(technique.tactics) for key, technique in known.items()}
    for alert in held_out:
        tagged = [known[ref.id] for ref in alert.techniques if ref.id in known]
        rule_tactics = set(alert.tactics).union(*(technique.tactics for technique in tagged))
        family: frozenset[str] = frozenset().union(*(find_technique_family(technique, known) for technique in tagged))
        # A technique with the same tactic may fit the rule as well as the one that its author chose.
        excluded = family | {key for key, others in tactics.items() if others & rule_tactics}
        rule_text = f"{alert.name}: {trim_to_sentences(alert.description, 70)}"
        # Of several techniques, some may be incidental.
        for technique in tagged if len(tagged) == 1 else ():
            yield QuestionDraft(
                id=f"{alert.upstream_id}/technique",
                category="alert: technique",
                question=f"Which technique does this detection rule report? {rule_text}",
                answer=AnswerOption(technique.upstream_id, format_full_name(technique), technique.split_key),
                excluded_keys=excluded,
                upstream_ids=(alert.upstream_id,),
            )
        for tactic in alert.tactics if len(rule_tactics) == 1 and not COMMON_TACTICS & rule_tactics else ():
            near = next((group for group in OVERLAPPING_TACTICS if tactic in group), set())
            yield QuestionDraft(
                id=f"{alert.upstream_id}/tactic",
                category="alert: tactic",
                question=f"Which tactic does this detection rule point to? {rule_text}",
                answer=AnswerOption(tactic, tactic, tactic),
                excluded_keys=frozenset(rule_tactics | near),
                upstream_ids=(alert.upstream_id,),
            )
