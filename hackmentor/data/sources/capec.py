"""MITRE's attack patterns, CAPEC, from its XML by path."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hackmentor.data.prose import finish_sentence
from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.data.sources.cwe_markup import extract_prose
from hackmentor.data.sources.parsed_files import is_too_deep, iter_xml, read_head

SUFFIXES = (".xml",)
NAME = "capec"
LICENCE = "CAPEC Terms of Use"
NOTICE = "CAPEC is a trademark of The MITRE Corporation (https://capec.mitre.org/about/termsofuse.html)."


@dataclass(frozen=True, slots=True)
class AttackPattern:
    """One attack pattern with the weaknesses that it exploits."""

    upstream_id: str
    name: str
    description: str
    likelihood: str
    severity: str
    prerequisites: tuple[str, ...]
    mitigations: tuple[str, ...]
    cwes: tuple[str, ...]

    @property
    def split_key(self) -> str:
        """Each attack pattern is split by itself."""
        return self.upstream_id


def recognises(path: Path) -> bool:
    """Whether a file is CAPEC's catalogue."""
    return "Attack_Pattern_Catalog" in read_head(path)


def load_capec(name: str, files: Mapping[str, Path]) -> Catalogue:
    """Every attack pattern in use."""
    left_out: dict[str, list[str]] = {}
    patterns: dict[str, AttackPattern] = {}
    version = released = ""
    for root in iter_xml(files, left_out):
        version, released = root.get("Version", version), root.get("Date", released)
        space = root.tag.partition("}")[0] + "}"
        for element in root.iter(f"{space}Attack_Pattern"):
            if is_too_deep(element):
                left_out.setdefault("nested too deeply", []).append(f"CAPEC-{element.get('ID')}")
                continue
            pattern = _build_pattern(element, space)
            if element.get("Status") in ("Deprecated", "Obsolete") or len(pattern.description.split()) < 8:
                left_out.setdefault("deprecated, or without a description", []).append(pattern.upstream_id)
            else:
                patterns[pattern.upstream_id] = pattern
    origin = Origin(f"{NAME}:{name}", "", "", f"CAPEC {version}", LICENCE, NOTICE, released)
    return Catalogue(origin, tuple(patterns[key] for key in sorted(patterns)), left_out)


def _build_pattern(element: ET.Element, space: str) -> AttackPattern:
    related = (item.get("CWE_ID") for item in element.iter(f"{space}Related_Weakness"))
    return AttackPattern(
        upstream_id=f"CAPEC-{element.get('ID')}",
        name=element.get("Name", ""),
        description=finish_sentence(extract_prose(element.find(f"{space}Description"))),
        likelihood=element.findtext(f"{space}Likelihood_Of_Attack", ""),
        severity=element.findtext(f"{space}Typical_Severity", ""),
        prerequisites=_list_prose(element.iter(f"{space}Prerequisite")),
        mitigations=_list_prose(element.iter(f"{space}Mitigation")),
        cwes=tuple(dict.fromkeys(f"CWE-{number}" for number in related if number)),
    )


def _list_prose(elements: Iterable[ET.Element]) -> tuple[str, ...]:
    found = (finish_sentence(extract_prose(element)) for element in elements)
    return tuple(text for text in found if text and "\n" not in text and not text.endswith(":"))
