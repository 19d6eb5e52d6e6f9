"""Vulnerabilities by path: CISA's KEV (JSON, CSV), CVE 5 records, NVD 2.0, GHSA and other OSV advisories."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish_sentence
from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.data.sources.parsed_files import (
    get_list,
    get_mapping,
    get_mappings,
    get_number,
    get_text,
    iter_json,
    read_head,
)
from hackmentor.data.sources.vulnerability import Exploitation, Vulnerability

SUFFIXES = (".json", ".jsonl", ".csv")
NAME = "cve"
MARKS = ('"cveID"', "cveID,", '"CVE_RECORD"', '"NVD_CVE"', '"affected"')
CWE_ID = re.compile(r"CWE-\d+")
MIN_WORDS = 12
# KEV has a dozen.
MAX_COLUMNS = 500
LICENCES = {
    "KEV": "CC0-1.0 (CISA KEV)",
    "CVE": "CVE Terms of Use",
    "NVD": "public domain (NIST NVD)",
    "GHSA": "CC-BY-4.0 (GitHub Advisory Database)",
    "OSV": "as the OSV database states it (CC-BY-4.0 for most)",
}


@dataclass(slots=True)
class _Reading:
    """What was read so far."""

    found: dict[str, Vulnerability]
    left_out: dict[str, list[str]]
    kinds: set[str]


def recognises(path: Path) -> bool:
    """Whether a file looks like one of the formats by its beginning."""
    head = read_head(path)
    return any(mark in head for mark in MARKS) and (
        '"affected"' not in head or '"details"' in head or "CVE_RECORD" in head
    )


def load_vulnerabilities(name: str, files: Mapping[str, Path]) -> Catalogue:
    """Every vulnerability with a description; where KEV and another source have one, they complete each other."""
    reading = _Reading({}, {}, set())
    tables = {key: path for key, path in files.items() if path.suffix.lower() == ".csv"}
    for key, path in tables.items():
        _read_table(key, path, reading)
    for place, content in iter_json({k: p for k, p in files.items() if k not in tables}, reading.left_out):
        _read_content(place, content, reading)
    entries = [item for item in reading.found.values() if len(item.description.split()) >= MIN_WORDS]
    short = sorted(reading.found.keys() - {item.upstream_id for item in entries})
    if short:
        reading.left_out["description of fewer than 12 words"] = short
    kinds = sorted(reading.kinds)
    newest = max((item.published for item in entries), default="")
    origin = Origin(
        name=f"{NAME}:{name}",
        package="",
        package_version="",
        upstream_version=f"{', '.join(kinds)}, newest of {newest}",
        licence="; ".join(LICENCES[kind] for kind in kinds),
        notice="Vulnerabilities from public records; CVE is a trademark of The MITRE Corporation.",
        released=newest,
    )
    return Catalogue(origin, tuple(sorted(entries, key=lambda item: item.upstream_id)), reading.left_out)


def _read_table(name: str, path: Path, reading: _Reading) -> None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            # Each row has a value for each column, also one that ends after the first.
            if len(reader.fieldnames or ()) > MAX_COLUMNS:
                raise csv.Error
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error):
        reading.left_out.setdefault("CSV that does not parse", []).append(name)
        return
    for row in rows:
        if row.get("cveID"):
            _add(reading, "KEV", _read_kev({key: value for key, value in row.items() if key}))


def _read_content(place: str, content: Any, reading: _Reading) -> None:  # noqa: ANN401 - JSON
    for item in content if isinstance(content, list) else [content]:
        kind, found = _read_item(item) if isinstance(item, Mapping) else ("", [])
        if not kind:
            reading.left_out.setdefault("JSON of another kind", []).append(place)
        for vulnerability in found:
            _add(reading, kind, vulnerability)


def _read_item(item: Mapping[str, Any]) -> tuple[str, list[Vulnerability]]:
    rows = get_mappings(item, "vulnerabilities")
    if any("cveID" in row for row in rows):
        return "KEV", [_read_kev(row) for row in rows if row.get("cveID")]
    if rows:
        return "NVD", [_read_nvd(row["cve"]) for row in rows if isinstance(row.get("cve"), Mapping)]
    if item.get("dataType") == "CVE_RECORD":
        return "CVE", list(_iter_cve5(item))
    if "affected" in item and get_text(item, "details"):
        return ("GHSA" if get_text(item, "id").startswith("GHSA") else "OSV"), [_read_osv(item)]
    return "", []


def _add(reading: _Reading, kind: str, new: Vulnerability) -> None:
    reading.kinds.add(kind)
    old = reading.found.get(new.upstream_id)
    if old:
        new = replace(
            new if len(new.description) > len(old.description) else old,
            cwes=old.cwes or new.cwes,
            vector=old.vector or new.vector,
            score=old.score or new.score,
            product=old.product or new.product,
            exploited=old.exploited or new.exploited,
        )
    reading.found[new.upstream_id] = new


def _read_kev(row: Mapping[str, Any]) -> Vulnerability:
    cwes = row.get("cwes", "")
    text = " ".join(map(str, cwes)) if isinstance(cwes, list) else str(cwes)
    return Vulnerability(
        upstream_id=str(row["cveID"]).strip(),
        product=" ".join(f"{row.get('vendorProject', '')} {row.get('product', '')}".split()),
        description=_clean(get_text(row, "shortDescription")),
        cwes=tuple(dict.fromkeys(CWE_ID.findall(text))),
        vector="",
        score=0.0,
        published=get_text(row, "dateAdded")[:10],
        exploited=Exploitation(
            added=get_text(row, "dateAdded")[:10],
            due=get_text(row, "dueDate")[:10],
            action=_clean(get_text(row, "requiredAction")),
            by_ransomware=get_text(row, "knownRansomwareCampaignUse") == "Known",
        ),
    )


def _read_nvd(cve: Mapping[str, Any]) -> Vulnerability:
    texts = [get_text(item, "value") for item in get_list(cve, "descriptions") if get_text(item, "lang") == "en"]
    cwes = [get_text(d, "value") for item in get_list(cve, "weaknesses") for d in get_mappings(item, "description")]
    metrics = [*get_mappings(cve, "metrics", "cvssMetricV31"), *get_mappings(cve, "metrics", "cvssMetricV30")]
    data: Mapping[str, Any] = next((found for item in metrics if (found := get_mapping(item, "cvssData"))), {})
    return Vulnerability(
        upstream_id=get_text(cve, "id"),
        product="",
        description=_clean(texts[0] if texts else ""),
        cwes=tuple(dict.fromkeys(CWE_ID.findall(" ".join(cwes)))),
        vector=get_text(data, "vectorString"),
        score=get_number(data, "baseScore"),
        published=get_text(cve, "published")[:10],
    )


def _iter_cve5(record: Mapping[str, Any]) -> Iterator[Vulnerability]:
    cna = get_mapping(record, "containers", "cna")
    if get_text(record, "cveMetadata", "state") not in ("PUBLISHED", "") or not cna:
        return
    texts = [
        get_text(item, "value") for item in get_list(cna, "descriptions") if get_text(item, "lang").startswith("en")
    ]
    types = [get_text(d, "cweId") for item in get_list(cna, "problemTypes") for d in get_mappings(item, "descriptions")]
    metrics = get_mappings(cna, "metrics")
    scores = [found for item in metrics for key in ("cvssV3_1", "cvssV3_0") if (found := get_mapping(item, key))]
    affected = next(iter(get_mappings(cna, "affected")), {})
    yield Vulnerability(
        upstream_id=get_text(record, "cveMetadata", "cveId"),
        product=" ".join(f"{get_text(affected, 'vendor')} {get_text(affected, 'product')}".replace("n/a", "").split()),
        description=_clean(texts[0] if texts else ""),
        cwes=tuple(dict.fromkeys(CWE_ID.findall(" ".join(types)))),
        vector=get_text(scores[0], "vectorString") if scores else "",
        score=get_number(scores[0], "baseScore") if scores else 0.0,
        published=get_text(record, "cveMetadata", "datePublished")[:10],
    )


def _read_osv(item: Mapping[str, Any]) -> Vulnerability:
    aliases = [alias for alias in get_list(item, "aliases") if str(alias).startswith("CVE-")]
    package = next((get_text(part, "package", "name") for part in get_list(item, "affected")), "")
    vectors = [get_text(part, "score") for part in get_list(item, "severity") if get_text(part, "type") == "CVSS_V3"]
    specific = get_mapping(item, "database_specific")
    return Vulnerability(
        upstream_id=str(aliases[0]) if aliases else get_text(item, "id"),
        product=package,
        description=_clean(get_text(item, "details").split("\n\n#")[0].split("### ")[0])
        or _clean(get_text(item, "summary")),
        cwes=tuple(dict.fromkeys(CWE_ID.findall(" ".join(map(str, get_list(specific, "cwe_ids")))))),
        vector=vectors[0] if vectors else "",
        score=0.0,
        published=get_text(item, "published")[:10],
    )


def _clean(text: str) -> str:
    return finish_sentence(" ".join(clean_text(text).split()))
