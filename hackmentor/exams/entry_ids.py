"""The catalogue entries that an exam's source address names."""

from __future__ import annotations

import re

_ATTACK = re.compile(
    r"attack\.mitre\.org/(?:techniques|tactics|mitigations|software|groups|datasources|campaigns)/"
    r"([A-Z]{1,2}\d{4})(?:[/.](\d{3}))?"
)
_DEFINITION = re.compile(r"(cwe|capec)\.mitre\.org/data/definitions/(\d+)", re.IGNORECASE)
_ENTRY = re.compile(r"(?:CWE|CAPEC)-\d+|CVE-\d{4}-\d{4,}|[A-Z]{1,2}\d{4}(?:\.\d{3})?")
_CVE = re.compile(r"CVE-\d{4}-\d{4,}", re.IGNORECASE)


def find_entry_ids(address: str) -> tuple[str, ...]:
    """The id of the ATT&CK object, weakness, attack pattern or CVE of an address; empty if it names none.

    `https://attack.mitre.org/techniques/T1548/002/` is `T1548.002`.
    """
    if match := _ATTACK.search(address):
        return (f"{match[1]}.{match[2]}" if match[2] else match[1],)
    if match := _DEFINITION.search(address):
        return (f"{match[1].upper()}-{match[2]}",)
    return (match[0].upper(),) if (match := _CVE.search(address)) else ()


def is_entry_id(text: str) -> bool:
    """Whether a text is the id of an entry in one of these catalogues."""
    return _ENTRY.fullmatch(text) is not None


def normalise_address(address: str) -> str:
    """A page's address without scheme and trailing slash: two items of one value are about one page."""
    return re.sub(r"^https?://(?:www\.)?", "", address.strip()).rstrip("/")
