"""MITRE's Common Weakness Enumeration, from the XML that the package `cwe2` ships."""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

from hackmentor.data.prose import finish
from hackmentor.data.sources.catalogue import Catalogue, Origin, Ref
from hackmentor.data.sources.cwe_examples import CodeExample, Observed, read_examples, read_observed
from hackmentor.data.sources.cwe_markup import prose
from hackmentor.data.sources.cwe_weakness import Consequence, Detection, Introduction, Mitigation, Weakness
from hackmentor.data.sources.installed_packages import package_file, package_version

PACKAGE = "cwe2"
FILE = "database_v49/cwec_v4.14.xml"
NS = "{http://cwe.mitre.org/cwe-7}"
LICENCE = "CWE Terms of Use"
NOTICE = (
    "Use of the Common Weakness Enumeration (CWE) and the associated references is subject to the Terms of Use "
    "(https://cwe.mitre.org/about/termsofuse.html). CWE is sponsored by the U.S. Department of Homeland Security (DHS) "
    "Cybersecurity and Infrastructure Security Agency (CISA) and managed by the Homeland Security Systems Engineering "
    "and Development Institute (HSSEDI) which is operated by The MITRE Corporation (MITRE). "
    "Copyright © 2006–2024, The MITRE Corporation. CWE is a trademark of The MITRE Corporation."
)
# An example or a CVE that several weaknesses show belongs to the most specific of them.
SPECIFIC = {"Variant": 0, "Base": 1, "Compound": 2, "Class": 3, "Pillar": 4}


@cache
def load_cwe() -> Catalogue:
    """Every usable weakness. Raises UserError where the package or its file is missing."""
    version = package_version(PACKAGE)
    root = ET.parse(package_file(PACKAGE, FILE)).getroot()
    elements = list(root.iter(f"{NS}Weakness"))
    left_out: dict[str, list[str]] = {"deprecated or obsolete": []}
    live: list[ET.Element] = []
    for element in elements:
        if element.get("Status") in ("Deprecated", "Obsolete") or element.get("Name", "").startswith("DEPRECATED"):
            left_out["deprecated or obsolete"].append(_id(element.get("ID")))
        else:
            live.append(element)
    origin = Origin("cwe", PACKAGE, version, root.get("Version", ""), LICENCE, NOTICE)
    return Catalogue(origin, tuple(_weaknesses(live)), left_out)


def _weaknesses(elements: list[ET.Element]) -> Iterator[Weakness]:
    names = {_id(element.get("ID")): element.get("Name", "") for element in elements}
    children: dict[str, list[Ref]] = {}
    for element in elements:
        me = Ref(_id(element.get("ID")), element.get("Name", ""))
        for parent in _related(element, "ChildOf", names):
            children.setdefault(parent.id, []).append(me)
    shown: set[str] = set()
    ordered = sorted(elements, key=lambda e: (SPECIFIC.get(e.get("Abstraction", ""), 9), int(e.get("ID", "0"))))
    examples = {e.get("ID", ""): read_examples(e, NS, shown) for e in ordered}
    observed = {e.get("ID", ""): read_observed(e, NS, shown) for e in ordered}
    uses = Counter(_advice(item) for element in elements for item in element.iterfind(f"{NS}*/{NS}*"))
    for element in sorted(elements, key=lambda e: int(e.get("ID", "0"))):
        number = element.get("ID", "")
        kids = tuple(children.get(_id(number), ()))
        yield _weakness(element, names, kids, examples[number], observed[number], uses)


def _advice(item: ET.Element) -> str:
    """The text of a mitigation or a detection method; empty for other elements."""
    if item.tag not in (f"{NS}Mitigation", f"{NS}Detection_Method"):
        return ""
    return _soar(prose(item.find(f"{NS}Description")))


def _soar(text: str) -> str:
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


def _id(number: str | None) -> str:
    return f"CWE-{number}"


def _weakness(
    element: ET.Element,
    names: dict[str, str],
    children: tuple[Ref, ...],
    examples: tuple[CodeExample, ...],
    observed: tuple[Observed, ...],
    uses: Counter[str],
) -> Weakness:
    return Weakness(
        upstream_id=_id(element.get("ID")),
        name=element.get("Name", ""),
        abstraction=element.get("Abstraction", ""),
        usage=element.findtext(f"{NS}Mapping_Notes/{NS}Usage", ""),
        description=finish(prose(element.find(f"{NS}Description"))),
        extended=finish(prose(element.find(f"{NS}Extended_Description"))),
        background=finish(prose(element.find(f"{NS}Background_Details/{NS}Background_Detail"))),
        likelihood=element.findtext(f"{NS}Likelihood_Of_Exploit", ""),
        alternate_terms=tuple(
            e.text or "" for e in element.iterfind(f"{NS}Alternate_Terms/{NS}Alternate_Term/{NS}Term")
        ),
        parents=_related(element, "ChildOf", names),
        children=children,
        leads_to=_related(element, "CanPrecede", names),
        languages=tuple(_platforms(element, "Language")),
        technologies=tuple(_platforms(element, "Technology")),
        introductions=tuple(_introductions(element)),
        consequences=tuple(_consequences(element)),
        mitigations=tuple(_mitigations(element, uses)),
        detections=tuple(_detections(element, uses)),
        examples=examples,
        observed=observed,
    )


def _related(element: ET.Element, nature: str, names: dict[str, str]) -> tuple[Ref, ...]:
    # View 1000 is the research tree: one hierarchy for all; the other views repeat its links.
    found: dict[str, Ref] = {}
    for link in element.iterfind(f"{NS}Related_Weaknesses/{NS}Related_Weakness"):
        target = _id(link.get("CWE_ID"))
        if link.get("Nature") == nature and link.get("View_ID") == "1000" and target in names:
            found[target] = Ref(target, names[target])
    return tuple(found.values())


def _platforms(element: ET.Element, kind: str) -> Iterator[str]:
    for platform in element.iterfind(f"{NS}Applicable_Platforms/{NS}{kind}"):
        name = platform.get("Name") or platform.get("Class") or ""
        if name and not name.startswith("Not "):
            yield name


def _introductions(element: ET.Element) -> Iterator[Introduction]:
    for item in element.iterfind(f"{NS}Modes_Of_Introduction/{NS}Introduction"):
        note = prose(item.find(f"{NS}Note"))
        # The prefixes OMISSION, COMMISSION and REALIZATION are the catalogue's own labels, not prose.
        head, colon, rest = note.partition(": ")
        note = rest if colon and head.isupper() else note
        yield Introduction(item.findtext(f"{NS}Phase", ""), finish(note))


def _consequences(element: ET.Element) -> Iterator[Consequence]:
    for item in element.iterfind(f"{NS}Common_Consequences/{NS}Consequence"):
        scopes = _texts(item.iterfind(f"{NS}Scope"))
        impacts = _texts(item.iterfind(f"{NS}Impact"))
        yield Consequence(scopes, impacts, finish(prose(item.find(f"{NS}Note"))))


def _mitigations(element: ET.Element, uses: Counter[str]) -> Iterator[Mitigation]:
    for item in element.iterfind(f"{NS}Potential_Mitigations/{NS}Mitigation"):
        text = _advice(item)
        if text and not text.endswith(":"):
            yield Mitigation(
                phases=_texts(item.iterfind(f"{NS}Phase")),
                strategy=item.findtext(f"{NS}Strategy", ""),
                text=finish(text),
                effectiveness=item.findtext(f"{NS}Effectiveness", ""),
                limits=finish(prose(item.find(f"{NS}Effectiveness_Notes"))),
                shared_by=uses[text],
            )


def _detections(element: ET.Element, uses: Counter[str]) -> Iterator[Detection]:
    for item in element.iterfind(f"{NS}Detection_Methods/{NS}Detection_Method"):
        text, method = _advice(item), item.findtext(f"{NS}Method", "")
        if text and not text.endswith(":"):
            yield Detection(method, finish(text), item.findtext(f"{NS}Effectiveness", ""), uses[text])


def _texts(elements: Iterable[ET.Element]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join((element.text or "").split()) for element in elements if element.text))
