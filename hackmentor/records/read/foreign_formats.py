"""Names security data in formats of their own that are no training records, so that a refusal can say what they are."""

from collections.abc import Mapping

# The keys that tell a format, each beside what it is called. All of one set must be there.
FORMATS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"dataType", "cveMetadata"}), "a CVE record (CVE JSON 5)"),
    (frozenset({"containers", "cveMetadata"}), "a CVE record (CVE JSON 5)"),
    (frozenset({"CVE_Items"}), "vulnerabilities of the NVD"),
    (frozenset({"cve", "configurations"}), "vulnerabilities of the NVD"),
    (frozenset({"cveID", "requiredAction"}), "the catalogue of known exploited vulnerabilities (KEV)"),
    (frozenset({"cveID", "vendorProject"}), "the catalogue of known exploited vulnerabilities (KEV)"),
    (frozenset({"schema_version", "affected"}), "an OSV advisory"),
    (frozenset({"id", "affected", "details"}), "an OSV advisory"),
    (frozenset({"Event"}), "a MISP event"),
    (frozenset({"Attribute", "uuid", "info"}), "a MISP event"),
    (frozenset({"logsource", "detection"}), "a Sigma rule"),
    (frozenset({"question", "solution", "answers"}), "multiple-choice questions"),
    (frozenset({"Question", "GT"}), "multiple-choice questions"),
)
WRAPPERS = ("vulnerabilities", "questions", "response", "vulns")
RULE_SUFFIXES = {
    ".yml": "YAML (Sigma or Nuclei rules, for instance)",
    ".yaml": "YAML (Sigma or Nuclei rules, for instance)",
    ".rules": "Suricata or Snort rules",
    ".yar": "YARA rules",
    ".yara": "YARA rules",
}


def name_foreign_format(content: object) -> str:
    """What an object is in words, or empty if it is of no known format."""
    if not isinstance(content, Mapping):
        return ""
    keys = set(content)
    for needed, name in FORMATS:
        if needed <= keys:
            return name
    for wrapper in WRAPPERS:
        items = content.get(wrapper)
        if isinstance(items, list) and items and isinstance(items[0], Mapping):
            if wrapper == "vulnerabilities" and isinstance(items[0].get("cve"), Mapping):
                return "vulnerabilities of the NVD"
            return name_foreign_format(items[0])
    return ""
