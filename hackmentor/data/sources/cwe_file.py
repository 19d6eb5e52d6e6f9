"""MITRE's weaknesses, CWE, from its XML by path: any release of the same schema, in place of the packaged one."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.data.sources.cwe import LICENCE, NAMESPACE, NOTICE, build_cwe_catalogue
from hackmentor.data.sources.parsed_files import is_too_deep, iter_xml, read_head

SUFFIXES = (".xml",)
NAME = "cwe"
NUMBER = re.compile(r"[0-9]{1,6}")


def recognises(path: Path) -> bool:
    """Whether a file is CWE's catalogue."""
    return "<Weakness_Catalog" in read_head(path)


def load_cwe_files(name: str, files: Mapping[str, Path]) -> Catalogue:
    """The weaknesses of all files, one of each number: the last release that has it."""
    left_out: dict[str, list[str]] = {}
    found: dict[str, ET.Element] = {}
    roots = [root for root in iter_xml(files, left_out) if _fits_schema(root, left_out)]
    roots.sort(key=lambda root: root.get("Date", ""))
    for root in roots:
        for element in root.iter(f"{NAMESPACE}Weakness"):
            number = element.get("ID", "")
            if not NUMBER.fullmatch(number):
                left_out.setdefault("weakness without a number", []).append(number)
            elif is_too_deep(element):
                left_out.setdefault("nested too deeply", []).append(f"CWE-{number}")
            else:
                found[number] = element
    version, released = (roots[-1].get("Version", ""), roots[-1].get("Date", "")) if roots else ("", "")
    origin = Origin(f"{NAME}:{name}", "", "", version, LICENCE, NOTICE, released)
    catalogue = build_cwe_catalogue(found.values(), origin)
    return Catalogue(origin, catalogue.entries, {**left_out, **catalogue.left_out})


def _fits_schema(root: ET.Element, left_out: dict[str, list[str]]) -> bool:
    if root.tag == f"{NAMESPACE}Weakness_Catalog":
        return True
    left_out.setdefault("not of CWE's schema 7", []).append(root.tag)
    return False
