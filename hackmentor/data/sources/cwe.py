"""MITRE's Common Weakness Enumeration, from its XML, which the package `cwe2` ships."""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

from hackmentor.data.prose import finish_sentence
from hackmentor.data.sources.catalogue import Catalogue, EntryRef, Origin
from hackmentor.data.sources.cwe_examples import (
    CodeExample,
    ObservedExample,
    read_code_examples,
    read_observed_examples,
)
from hackmentor.data.sources.cwe_markup import extract_prose
from hackmentor.data.sources.cwe_weakness import Consequence, Detection, Introduction, Mitigation, Weakness
from hackmentor.data.sources.installed_packages import find_package_file, get_package_version

PACKAGE = "cwe2"
CATALOGUE_FILE = "database_v49/cwec_v4.14.xml"
# What stands in the catalogue where nothing was filled in.
PLACEHOLDER = "<<"
NAMESPACE = "{http://cwe.mitre.org/cwe-7}"
LICENCE = "CWE Terms of Use"
NOTICE = (
    "Use of the Common Weakness Enumeration (CWE) and the associated references is subject to the Terms of Use "
    "(https://cwe.mitre.org/about/termsofuse.html). CWE is sponsored by the U.S. Department of Homeland Security (DHS) "
    "Cybersecurity and Infrastructure Security Agency (CISA) and managed by the Homeland Security Systems Engineering "
    "and Development Institute (HSSEDI) which is operated by The MITRE Corporation (MITRE). "
    "Copyright © 2006–2024, The MITRE Corporation. CWE is a trademark of The MITRE Corporation."
)
# An example or a CVE that several weaknesses show belongs to the most specific of them.
SPECIFICITY = {"Variant": 0, "Base": 1, "Compound": 2, "Class": 3, "Pillar": 4}


@cache
def load_cwe() -> Catalogue:
    """Every usable weakness. Raises UserError where the package or its file is missing."""
    version = get_package_version(PACKAGE)
    root = ET.parse(find_package_file(PACKAGE, CATALOGUE_FILE)).getroot()
    origin = Origin("cwe", PACKAGE, version, root.get("Version", ""), LICENCE, NOTICE, root.get("Date", ""))
    return build_cwe_catalogue(root.iter(f"{NAMESPACE}Weakness"), origin)


def build_cwe_catalogue(elements: Iterable[ET.Element], origin: Origin) -> Catalogue:
    """The weaknesses in use as entries of a catalogue; each `element` needs a number of its own as its ID."""
    left_out: dict[str, list[str]] = {"deprecated or obsolete": []}
    live: list[ET.Element] = []
    for element in elements:
        if element.get("Status") in ("Deprecated", "Obsolete") or _get_name(element).startswith("DEPRECATED"):
            left_out["deprecated or obsolete"].append(_format_id(element.get("ID")))
        else:
            live.append(element)
    broken = left_out.setdefault("fix that does not parse", [])
    return Catalogue(origin, tuple(_iter_weaknesses(live, broken)), left_out)


def _iter_weaknesses(elements: list[ET.Element], broken: list[str]) -> Iterator[Weakness]:
    names = {_format_id(element.get("ID")): _get_name(element) for element in elements}
    children: dict[str, list[EntryRef]] = {}
    for element in elements:
        me = EntryRef(_format_id(element.get("ID")), _get_name(element))
        for parent in _list_related(element, "ChildOf", names):
            children.setdefault(parent.id, []).append(me)
    shown: set[str] = set()
    ordered = sorted(elements, key=lambda e: (SPECIFICITY.get(e.get("Abstraction", ""), 9), int(e.get("ID", "0"))))
    examples = {e.get("ID", ""): read_code_examples(e, NAMESPACE, shown, broken) for e in ordered}
    observed = {e.get("ID", ""): read_observed_examples(e, NAMESPACE, shown) for e in ordered}
    uses = Counter(
        _extract_advice(item) for element in elements for item in element.iterfind(f"{NAMESPACE}*/{NAMESPACE}*")
    )
    for element in sorted(elements, key=lambda e: int(e.get("ID", "0"))):
        number = element.get("ID", "")
        kids = tuple(children.get(_format_id(number), ()))
        yield _build_weakness(element, names, kids, examples[number], observed[number], uses)


def _extract_advice(item: ET.Element) -> str:
    """The text of a mitigation or a detection method; empty for other elements."""
    if item.tag not in (f"{NAMESPACE}Mitigation", f"{NAMESPACE}Detection_Method"):
        return ""
    return _join_soar_lists(extract_prose(item.find(f"{NAMESPACE}Description")))


def _join_soar_lists(text: str) -> str:
    """The lists of methods by cost that begin with `According to SOAR`, as sentences."""
    lead, _, rest = text.partition("following detection techniques may be useful:")
    if not lead.startswith("According to SOAR"):
        return text
    found: list[str] = []
    for line in rest.split("\n"):
        line = line.strip()
        if line.startswith("- ") and found:
            joint = " " if found[-1].endswith(":") else "; "
            found[-1] += joint + line.removeprefix("- ").rstrip(".;")
        elif line:
            found.append(line)
    return " ".join(f"{line}." for line in found if not line.endswith(":"))


def _get_name(element: ET.Element) -> str:
    return " ".join(element.get("Name", "").split()).replace(" )", ")")


def _format_id(number: str | None) -> str:
    return f"CWE-{number}"


def _build_weakness(
    element: ET.Element,
    names: dict[str, str],
    children: tuple[EntryRef, ...],
    examples: tuple[CodeExample, ...],
    observed: tuple[ObservedExample, ...],
    uses: Counter[str],
) -> Weakness:
    return Weakness(
        upstream_id=_format_id(element.get("ID")),
        name=_get_name(element),
        abstraction=element.get("Abstraction", ""),
        usage=element.findtext(f"{NAMESPACE}Mapping_Notes/{NAMESPACE}Usage", ""),
        description=finish_sentence(extract_prose(element.find(f"{NAMESPACE}Description"))),
        extended=finish_sentence(extract_prose(element.find(f"{NAMESPACE}Extended_Description"))),
        background=finish_sentence(
            extract_prose(element.find(f"{NAMESPACE}Background_Details/{NAMESPACE}Background_Detail"))
        ),
        likelihood=element.findtext(f"{NAMESPACE}Likelihood_Of_Exploit", ""),
        alternate_terms=tuple(
            e.text or ""
            for e in element.iterfind(f"{NAMESPACE}Alternate_Terms/{NAMESPACE}Alternate_Term/{NAMESPACE}Term")
        ),
        parents=_list_related(element, "ChildOf", names),
        children=children,
        leads_to=_list_related(element, "CanPrecede", names),
        languages=tuple(_iter_platforms(element, "Language")),
        technologies=tuple(_iter_platforms(element, "Technology")),
        introductions=tuple(_iter_introductions(element)),
        consequences=tuple(_iter_consequences(element)),
        mitigations=tuple(_iter_mitigations(element, uses)),
        detections=tuple(_iter_detections(element, uses)),
        examples=examples,
        observed=observed,
    )


def _list_related(element: ET.Element, nature: str, names: dict[str, str]) -> tuple[EntryRef, ...]:
    # View 1000 is the research tree: one hierarchy for all; the other views repeat its links.
    found: dict[str, EntryRef] = {}
    for link in element.iterfind(f"{NAMESPACE}Related_Weaknesses/{NAMESPACE}Related_Weakness"):
        target = _format_id(link.get("CWE_ID"))
        if link.get("Nature") == nature and link.get("View_ID") == "1000" and target in names:
            found[target] = EntryRef(target, names[target])
    return tuple(found.values())


def _iter_platforms(element: ET.Element, kind: str) -> Iterator[str]:
    for platform in element.iterfind(f"{NAMESPACE}Applicable_Platforms/{NAMESPACE}{kind}"):
        name = platform.get("Name") or platform.get("Class") or ""
        if name and not name.startswith("Not "):
            yield name


def _iter_introductions(element: ET.Element) -> Iterator[Introduction]:
    for item in element.iterfind(f"{NAMESPACE}Modes_Of_Introduction/{NAMESPACE}Introduction"):
        note = extract_prose(item.find(f"{NAMESPACE}Note"))
        # The prefixes OMISSION, COMMISSION and REALIZATION are the catalogue's own labels, not prose.
        head, colon, rest = note.partition(": ")
        note = rest if colon and head.isupper() else note
        yield Introduction(item.findtext(f"{NAMESPACE}Phase", ""), finish_sentence(note))


def _iter_consequences(element: ET.Element) -> Iterator[Consequence]:
    for item in element.iterfind(f"{NAMESPACE}Common_Consequences/{NAMESPACE}Consequence"):
        scopes = _list_texts(item.iterfind(f"{NAMESPACE}Scope"))
        impacts = _list_texts(item.iterfind(f"{NAMESPACE}Impact"))
        note = finish_sentence(extract_prose(item.find(f"{NAMESPACE}Note")))
        yield Consequence(scopes, impacts, "" if PLACEHOLDER in note else note)


def _iter_mitigations(element: ET.Element, uses: Counter[str]) -> Iterator[Mitigation]:
    for item in element.iterfind(f"{NAMESPACE}Potential_Mitigations/{NAMESPACE}Mitigation"):
        text = _extract_advice(item)
        if text and not text.endswith(":"):
            yield Mitigation(
                phases=_list_texts(item.iterfind(f"{NAMESPACE}Phase")),
                strategy=item.findtext(f"{NAMESPACE}Strategy", ""),
                text=finish_sentence(text),
                effectiveness=item.findtext(f"{NAMESPACE}Effectiveness", ""),
                limitations=finish_sentence(extract_prose(item.find(f"{NAMESPACE}Effectiveness_Notes"))),
                shared_by=uses[text],
            )


def _iter_detections(element: ET.Element, uses: Counter[str]) -> Iterator[Detection]:
    for item in element.iterfind(f"{NAMESPACE}Detection_Methods/{NAMESPACE}Detection_Method"):
        text, method = _extract_advice(item), item.findtext(f"{NAMESPACE}Method", "")
        if text and not text.endswith(":"):
            yield Detection(method, finish_sentence(text), item.findtext(f"{NAMESPACE}Effectiveness", ""), uses[text])


def _list_texts(elements: Iterable[ET.Element]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join((element.text or "").split()) for element in elements if element.text))
