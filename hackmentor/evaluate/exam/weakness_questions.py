"""Questions about weaknesses: what they cause, what helps, where they belong, and which one a text describes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from hackmentor.data.prose import whole
from hackmentor.data.sources.catalogue import Ref
from hackmentor.data.sources.cwe import FILE, NS, PACKAGE
from hackmentor.data.sources.cwe_weakness import Weakness
from hackmentor.data.sources.installed_packages import package_file
from hackmentor.evaluate.exam.exam_question import Draft, Option

# What these say fits any weakness, or nearly any that an attacker can use.
VAGUE = {
    "Varies by Context", "Other", "Unexpected State", "Quality Degradation", "Alter Execution Logic",
    "Execute Unauthorized Code or Commands",
}  # fmt: skip
# A chain shows several weaknesses at once; a text that names a CWE may give the answer away.
CHAIN = re.compile(r"\bchain|\bcomposite\b|\bresultant\b|\bM[FI][EV]\b|\bCWE-\d", re.IGNORECASE)
BLANK = "____"
# Advice that speaks of something said before it.
LEANING = re.compile(r"(?:This|These|That|Those|Such|It|However|Note|Also|In addition|Additionally|The above)\b")
# The security properties that each impact breaks, by the first words of its name.
BREAKS = {
    "Read": {"Confidentiality"},
    "Modify": {"Integrity"},
    "Gain": {"Access Control"},
    "Bypass": {"Access Control"},
    "DoS": {"Availability"},
    "Hide": {"Non-Repudiation"},
    "Reduce": {"Other"},
}
# A chosen CVE shows one concrete weakness; a class of them may always be said to be behind it too.
CONCRETE = {"Base", "Variant", "Compound"}


def weakness_drafts(held_out: Sequence[Weakness], everything: Sequence[Weakness]) -> Iterator[Draft]:
    """All drafts about held-out weaknesses; `everything` is the whole catalogue, to know what is related."""
    known = {weakness.upstream_id: weakness for weakness in everything}
    asked = {weakness.upstream_id for weakness in held_out}
    for weakness in held_out:
        family = relatives(weakness, known)
        yield from _impacts(weakness, known)
        yield from _mitigations(weakness, family)
        yield from (draft for draft in _parents(weakness, family, known) if set(draft.upstream_ids) <= asked)
        yield from _observed(weakness, family)
        yield from _described(weakness, family)


def relatives(weakness: Weakness, known: Mapping[str, Weakness]) -> frozenset[str]:
    """Ids of everything above and below a weakness in the tree, of its siblings, and of what it leads to."""
    above = _reach(weakness, known, "parents")
    siblings = {ref.id for parent in weakness.parents if parent.id in known for ref in known[parent.id].children}
    leads = {ref.id for ref in weakness.leads_to}
    led = {other.upstream_id for other in known.values() if any(r.id == weakness.upstream_id for r in other.leads_to)}
    return frozenset({weakness.upstream_id} | above | _reach(weakness, known, "children") | siblings | leads | led)


def _reach(weakness: Weakness, known: Mapping[str, Weakness], way: str) -> set[str]:
    found: set[str] = set()
    todo: list[Ref] = list(getattr(weakness, way))
    while todo:
        ref = todo.pop()
        if ref.id not in found and ref.id in known:
            found.add(ref.id)
            todo += getattr(known[ref.id], way)
    return found


def _label(weakness: Weakness) -> str:
    return f"{weakness.upstream_id} ({weakness.name})"


def _impacts(weakness: Weakness, known: Mapping[str, Weakness]) -> Iterator[Draft]:
    listed = {impact for item in weakness.consequences for impact in item.impacts}
    near = [known[ref.id] for ref in (*weakness.parents, *weakness.children) if ref.id in known]
    nearby = {impact for other in near for item in other.consequences for impact in item.impacts}
    broken = {scope for item in weakness.consequences for scope in item.scopes}.union(*map(_breaks, listed))
    everything = {impact for other in known.values() for item in other.consequences for impact in item.impacts}
    for impact in sorted(listed - VAGUE):
        yield Draft(
            id=f"{weakness.upstream_id}/impact/{impact}",
            category="weakness: impact",
            question=f"Which technical impact does CWE list for {_label(weakness)}?",
            answer=Option(impact, impact, _verb(impact)),
            # An impact on a property that is broken anyway might be right, though it is not listed.
            excluded=frozenset(listed | nearby | {other for other in everything if _breaks(other) & broken}),
            upstream_ids=(weakness.upstream_id,),
        )


def _breaks(impact: str) -> set[str]:
    return BREAKS.get(_verb(impact), set())


def _verb(impact: str) -> str:
    return impact.split(" ")[0].rstrip(":")


def _mitigations(weakness: Weakness, family: frozenset[str]) -> Iterator[Draft]:
    for place, item in enumerate(weakness.mitigations):
        text = whole(item.text, 30)
        # Advice that many weaknesses share would be right for others too.
        usable = "\n" not in text and 5 <= len(text.split()) <= 40 and not LEANING.match(text)
        if item.shared_by == 1 and usable:
            yield Draft(
                id=f"{weakness.upstream_id}/mitigation/{place}",
                category="weakness: mitigation",
                question=f"Which measure does CWE recommend against {_label(weakness)}?",
                answer=Option(weakness.upstream_id, text, weakness.upstream_id),
                excluded=family,
                upstream_ids=(weakness.upstream_id,),
            )


def _parents(weakness: Weakness, family: frozenset[str], known: Mapping[str, Weakness]) -> Iterator[Draft]:
    for parent in weakness.parents:
        if parent.id in known:
            yield Draft(
                id=f"{weakness.upstream_id}/parent/{parent.id}",
                category="weakness: parent",
                question=f"Of which more general weakness is {_label(weakness)} a special case?",
                answer=Option(parent.id, parent.name, parent.id),
                excluded=family,
                upstream_ids=(weakness.upstream_id, parent.id),
                pool="names",
            )


def _observed(weakness: Weakness, family: frozenset[str]) -> Iterator[Draft]:
    shown_by = weaknesses_by_cve()
    for item in weakness.observed if weakness.abstraction in CONCRETE else ():
        if not CHAIN.search(item.text) and len(item.text.split()) >= 8:
            yield Draft(
                id=f"{weakness.upstream_id}/observed/{item.cve}",
                category="weakness: observed",
                question=f"Which weakness is behind this vulnerability? {item.cve}: {item.text}",
                answer=Option(weakness.upstream_id, weakness.name, weakness.upstream_id),
                excluded=family | shown_by.get(item.cve, frozenset()),
                upstream_ids=(weakness.upstream_id,),
            )


def _described(weakness: Weakness, family: frozenset[str]) -> Iterator[Draft]:
    terms = (weakness.name, weakness.short_name, *weakness.alternate_terms)
    yield Draft(
        id=f"{weakness.upstream_id}/described",
        category="weakness: described",
        question=f"Which weakness is this? {masked(whole(weakness.description, 60), terms)}",
        answer=Option(weakness.upstream_id, weakness.name, weakness.upstream_id),
        excluded=family,
        upstream_ids=(weakness.upstream_id,),
    )


def masked(text: str, terms: Sequence[str]) -> str:
    """The text with a blank for each of the terms, as a whole word and in any case."""
    for term in sorted({term for term in terms if len(term) > 2}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(term)}(?!\w)", BLANK, text, flags=re.IGNORECASE)
    return text


@cache
def weaknesses_by_cve() -> Mapping[str, frozenset[str]]:
    """For each CVE all the weaknesses that the catalogue shows it for; the entries as loaded keep only one."""
    found: dict[str, set[str]] = {}
    for element in ET.parse(package_file(PACKAGE, FILE)).getroot().iter(f"{NS}Weakness"):
        for item in element.iterfind(f"{NS}Observed_Examples/{NS}Observed_Example/{NS}Reference"):
            found.setdefault((item.text or "").strip(), set()).add(f"CWE-{element.get('ID')}")
    return {cve: frozenset(ids) for cve, ids in found.items()}
