"""Questions about CWE weaknesses: impact, mitigation, parent, and which one a CVE or a description shows."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from hackmentor.data.prose import trim_to_sentences
from hackmentor.data.sources.catalogue import EntryRef
from hackmentor.data.sources.cwe import CATALOGUE_FILE, NAMESPACE, PACKAGE
from hackmentor.data.sources.cwe_weakness import Weakness
from hackmentor.data.sources.installed_packages import find_package_file
from hackmentor.evaluate.exam.exam_question import AnswerOption, QuestionDraft

# These impacts fit nearly any weakness.
VAGUE_IMPACTS = {
    "Varies by Context", "Other", "Unexpected State", "Quality Degradation", "Alter Execution Logic",
    "Execute Unauthorized Code or Commands",
}  # fmt: skip
# A chain involves several weaknesses at once; a text that names a CWE may give the answer away.
CHAIN_PATTERN = re.compile(r"\bchain|\bcomposite\b|\bresultant\b|\bM[FI][EV]\b|\bCWE-\d", re.IGNORECASE)
BLANK = "____"
# Advice that refers to a sentence before it.
CONTEXT_DEPENDENT = re.compile(
    r"(?:This|These|That|Those|Such|It|However|Note|Also|In addition|Additionally|The above)\b"
)
# The security properties that each impact violates, by the first word of its name.
VIOLATED_PROPERTIES = {
    "Read": {"Confidentiality"},
    "Modify": {"Integrity"},
    "Gain": {"Access Control"},
    "Bypass": {"Access Control"},
    "DoS": {"Availability"},
    "Hide": {"Non-Repudiation"},
    "Reduce": {"Other"},
}
# A CVE shows a concrete weakness; its class would always be a right answer too.
CONCRETE_ABSTRACTIONS = {"Base", "Variant", "Compound"}


def draft_weakness_questions(held_out: Sequence[Weakness], catalogue: Sequence[Weakness]) -> Iterator[QuestionDraft]:
    """Drafts all questions about held-out weaknesses; `catalogue` has all weaknesses, to know which are related."""
    known = {weakness.upstream_id: weakness for weakness in catalogue}
    held_out_ids = {weakness.upstream_id for weakness in held_out}
    for weakness in held_out:
        family = find_related_ids(weakness, known)
        yield from _draft_impact_questions(weakness, known)
        yield from _draft_mitigation_questions(weakness, family)
        yield from (
            draft
            for draft in _draft_parent_questions(weakness, family, known)
            if set(draft.upstream_ids) <= held_out_ids
        )
        yield from _draft_cve_questions(weakness, family)
        yield from _draft_description_question(weakness, family)


def find_related_ids(weakness: Weakness, known: Mapping[str, Weakness]) -> frozenset[str]:
    """The ids of a weakness's ancestors, descendants and siblings, and of those it leads to or that lead to it."""
    ancestors = _collect_transitive_ids(weakness, known, "parents")
    siblings = {ref.id for parent in weakness.parents if parent.id in known for ref in known[parent.id].children}
    followers = {ref.id for ref in weakness.leads_to}
    predecessors = {
        other.upstream_id for other in known.values() if any(r.id == weakness.upstream_id for r in other.leads_to)
    }
    return frozenset(
        {weakness.upstream_id}
        | ancestors
        | _collect_transitive_ids(weakness, known, "children")
        | siblings
        | followers
        | predecessors
    )


def _collect_transitive_ids(weakness: Weakness, known: Mapping[str, Weakness], relation: str) -> set[str]:
    found: set[str] = set()
    pending: list[EntryRef] = list(getattr(weakness, relation))
    while pending:
        ref = pending.pop()
        if ref.id not in found and ref.id in known:
            found.add(ref.id)
            pending += getattr(known[ref.id], relation)
    return found


def _label(weakness: Weakness) -> str:
    return f"{weakness.upstream_id} ({weakness.name})"


def _draft_impact_questions(weakness: Weakness, known: Mapping[str, Weakness]) -> Iterator[QuestionDraft]:
    listed = {impact for item in weakness.consequences for impact in item.impacts}
    near = [known[ref.id] for ref in (*weakness.parents, *weakness.children) if ref.id in known]
    nearby = {impact for other in near for item in other.consequences for impact in item.impacts}
    violated = {scope for item in weakness.consequences for scope in item.scopes}.union(
        *map(_violated_properties, listed)
    )
    all_impacts = {impact for other in known.values() for item in other.consequences for impact in item.impacts}
    for impact in sorted(listed - VAGUE_IMPACTS):
        yield QuestionDraft(
            id=f"{weakness.upstream_id}/impact/{impact}",
            category="weakness: impact",
            question=f"Which technical impact does CWE list for {_label(weakness)}?",
            answer=AnswerOption(impact, impact, _impact_verb(impact)),
            # Another impact on a violated property might be right, though it isn't listed.
            excluded_keys=frozenset(
                listed | nearby | {other for other in all_impacts if _violated_properties(other) & violated}
            ),
            upstream_ids=(weakness.upstream_id,),
        )


def _violated_properties(impact: str) -> set[str]:
    return VIOLATED_PROPERTIES.get(_impact_verb(impact), set())


def _impact_verb(impact: str) -> str:
    return impact.split(" ")[0].rstrip(":")


def _draft_mitigation_questions(weakness: Weakness, family: frozenset[str]) -> Iterator[QuestionDraft]:
    for index, item in enumerate(weakness.mitigations):
        text = trim_to_sentences(item.text, 30)
        # Advice that several weaknesses share would be right for the others too.
        usable = "\n" not in text and 5 <= len(text.split()) <= 40 and not CONTEXT_DEPENDENT.match(text)
        if item.shared_by == 1 and usable:
            yield QuestionDraft(
                id=f"{weakness.upstream_id}/mitigation/{index}",
                category="weakness: mitigation",
                question=f"Which measure does CWE recommend against {_label(weakness)}?",
                answer=AnswerOption(weakness.upstream_id, text, weakness.upstream_id),
                excluded_keys=family,
                upstream_ids=(weakness.upstream_id,),
            )


def _draft_parent_questions(
    weakness: Weakness, family: frozenset[str], known: Mapping[str, Weakness]
) -> Iterator[QuestionDraft]:
    for parent in weakness.parents:
        if parent.id in known:
            yield QuestionDraft(
                id=f"{weakness.upstream_id}/parent/{parent.id}",
                category="weakness: parent",
                question=f"Of which more general weakness is {_label(weakness)} a special case?",
                answer=AnswerOption(parent.id, parent.name, parent.id),
                excluded_keys=family,
                upstream_ids=(weakness.upstream_id, parent.id),
                pool="names",
            )


def _draft_cve_questions(weakness: Weakness, family: frozenset[str]) -> Iterator[QuestionDraft]:
    shown_by = read_weaknesses_by_cve()
    for item in weakness.observed if weakness.abstraction in CONCRETE_ABSTRACTIONS else ():
        if not CHAIN_PATTERN.search(item.text) and len(item.text.split()) >= 8:
            yield QuestionDraft(
                id=f"{weakness.upstream_id}/observed/{item.cve}",
                category="weakness: observed",
                question=f"Which weakness is behind this vulnerability? {item.cve}: {item.text}",
                answer=AnswerOption(weakness.upstream_id, weakness.name, weakness.upstream_id),
                excluded_keys=family | shown_by.get(item.cve, frozenset()),
                upstream_ids=(weakness.upstream_id,),
            )


def _draft_description_question(weakness: Weakness, family: frozenset[str]) -> Iterator[QuestionDraft]:
    terms = (weakness.name, weakness.short_name, *weakness.alternate_terms)
    yield QuestionDraft(
        id=f"{weakness.upstream_id}/described",
        category="weakness: described",
        question=f"Which weakness is this? {mask_terms(trim_to_sentences(weakness.description, 60), terms)}",
        answer=AnswerOption(weakness.upstream_id, weakness.name, weakness.upstream_id),
        excluded_keys=family,
        upstream_ids=(weakness.upstream_id,),
    )


def mask_terms(text: str, terms: Sequence[str]) -> str:
    """Replaces each of the terms, as a whole word in upper or lower case, with a blank."""
    for term in sorted({term for term in terms if len(term) > 2}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(term)}(?!\w)", BLANK, text, flags=re.IGNORECASE)
    return text


@cache
def read_weaknesses_by_cve() -> Mapping[str, frozenset[str]]:
    """For each CVE, the ids of all weaknesses that list it; loaded entries keep only one."""
    found: dict[str, set[str]] = {}
    for element in ET.parse(find_package_file(PACKAGE, CATALOGUE_FILE)).getroot().iter(f"{NAMESPACE}Weakness"):
        for item in element.iterfind(f"{NAMESPACE}Observed_Examples/{NAMESPACE}Observed_Example/{NAMESPACE}Reference"):
            found.setdefault((item.text or "").strip(), set()).add(f"CWE-{element.get('ID')}")
    return {cve: frozenset(ids) for cve, ids in found.items()}
