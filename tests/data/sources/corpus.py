"""A small corpus of a fictional company, written to a folder by code: Markdown, text, PDF, JSON lines and STIX."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

HANDBOOK = """---
owner: security
---
# Incident Response Handbook

This handbook tells the staff of Nordwind Logistics how to recognise, report and handle security incidents. It applies
to every employee, contractor and system of the company, in the offices as well as in the warehouses.

## Terms

An incident is any event that harms the confidentiality, integrity or availability of our systems or data. The word
covers accidents as well as attacks, and it covers suspicions until they have been ruled out.

A playbook is a written sequence of actions for one type of incident, kept in the wiki and tested twice a year by the
people who would have to follow it. Playbooks never replace judgement, they save time for it.

## Reporting

Speed matters more than certainty: a report that turns out to be a false alarm costs us minutes, a missing one may cost
us weeks. Everyone who notices something unusual must report it to the service desk within 30 minutes. Reports by
telephone are preferred, because an attacker may read our mail. Managers should thank people who report.

A report contains:

- the time of the observation,
- the system and the account concerned,
- what was seen, in plain words,
- the name and telephone number of the reporter.

## Severity levels

| level | meaning | first answer |
|---|---|---|
| 1 | one user, no data at risk | next working day |
| 2 | several users or internal data at risk | four hours |
| 3 | customers, payment or operations at risk | thirty minutes |

The shift lead sets the level and may change it as the picture becomes clearer; a change is written into the ticket
with its reason. Nobody lowers a level to avoid a call at night.

## Containment

Containment keeps the damage from growing while the evidence stays intact. It comes before repair: a machine that is
wiped too early cannot tell us how the attacker came in. The shift lead decides how far to go.

### Isolating a host

An infected host is taken off the network without being switched off, so that its memory can still be read. The owner
of the host must be informed before it is isolated, unless the owner is under suspicion.

1. Move the switch port into the quarantine network.
2. Disable the machine account in the directory.
3. Take an image of the memory.
4. Record the time of every step in the ticket.

### Blocking an address

Traffic to a known control server is dropped at the border firewall; this can be done by the shift lead alone and takes
effect within a minute. A block must not stay in place for more than thirty days without a review. Entries carry the
ticket number.

The rule that drops all traffic to one address is added with this command on the border firewall:

```bash
nft add rule inet filter output ip daddr 192.0.2.44 drop comment "INC-0001"
```

## Evidence

Evidence is only worth something if we can show that nobody changed it. Copies are hashed when they are made, and each
person who holds them signs the custody sheet. Originals shall be kept in the safe of the legal department. Analysts
work on copies. Screenshots should not replace log exports, since they hide what was outside the window.

## Communication

During an incident only the crisis lead speaks to customers, authorities and the press. All other staff refer questions
to the crisis lead, in a friendly way and without details. Regulators must be notified within 72 hours if personal data
are affected. Drafts of such notices are kept ready in the wiki.

## Recovery

Recovery brings systems back in an order that the business has agreed on before. The list of systems and their order is
reviewed each spring.

1. Restore the directory and the name service.
2. Restore the warehouse control system.
3. Restore mail and telephony.
4. Restore everything else.

Before a restored system goes live, its backups should be checked for the traces of the same attack.

## Review

Within two weeks after an incident of level 2 or 3, everyone who took part meets for a review without blame. The meeting
asks what surprised us, what slowed us down and what we will change, and each change gets an owner and a date.

## Contact

Call the service desk.
"""

NOTES = """Remote Access Policy
====================

1. Purpose

This policy governs every connection from outside into the networks of Nordwind Logistics. It is
meant for employees, suppliers and the people who operate the virtual private network, a well-
known target of attackers.

2. Authentication

Remote users must authenticate with a password and a hardware key. Text messages are not
accepted as a second factor, for they can be redirected. Suppliers receive accounts that expire
after ninety days and should ask for an extension two weeks ahead.

3. Logging

Every session is logged with user, address, start and end, and the logs are kept for one year in
a place that administrators of the gateway cannot reach. The following events raise an alarm:

- two sessions of one user from different countries,
- more than ten failed attempts within an hour,
- a session that lasts longer than twelve hours.
"""

PDF_PAGES = (
    (
        (18, "1 Backups"),
        (11, "Backups protect the company against loss of data and against ex-"),
        (11, "tortion. Each system that holds business data must be backed up every"),
        (11, "night, and one copy is kept offline."),
        (0, ""),
        (11, "A restore test takes place every quarter. The tester writes down how"),
        (11, "long the restore took and what was missing."),
    ),
    (
        (18, "2 Keys and passwords"),
        (11, "Passwords of service accounts are kept in the vault and nowhere else, so"),
        (11, "that they can be changed in one place. Administrators must not send them"),
        (11, "by mail or chat. The vault itself is backed up with the other systems."),
    ),
    (
        (18, "3 Patching"),
        (11, "Patches for flaws that are being exploited are installed within two days,"),
        (11, "all others within thirty days. Exceptions need the approval of the"),
        (11, "security officer and should be reviewed every month."),
    ),
)


def write_pdf(path: Path, pages: Sequence[Sequence[tuple[int, str]]] = PDF_PAGES, password: str = "") -> Path:
    """A PDF of (type size, line) pages; each has a header and a footer with its number."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    for number, lines in enumerate(pages, start=1):
        page = writer.add_blank_page(595, 842)
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        drawn = [_drawn(800, 9, "Nordwind Logistics - Operations Manual - internal")]
        y = 760
        for size, line in lines:
            drawn.append(_drawn(y, size, line) if line else "")
            y -= 30 if size > 12 else 14
        drawn.append(_drawn(40, 9, f"Page {number} of {len(pages)}"))
        stream = DecodedStreamObject()
        stream.set_data("\n".join(drawn).encode("latin-1") if lines else b"")
        page[NameObject("/Contents")] = writer._add_object(stream)
    writer.add_metadata({"/Title": "Operations Manual"})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(path)
    return path


def _drawn(y: int, size: int, line: str) -> str:
    escaped = line.replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 {size} Tf 1 0 0 1 70 {y} Tm ({escaped}) Tj ET"


def stix(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    """One STIX object with a well-formed id."""
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--00000000-0000-4000-8000-{number:012d}",
        "created": "2024-01-01T00:00:00Z",
        "modified": "2024-01-02T00:00:00Z",
        **fields,
    }


def relation(number: int, kind: str, source: dict[str, Any], target: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A relationship between two objects."""
    ends = {"source_ref": source["id"], "target_ref": target["id"]}
    return stix("relationship", number, relationship_type=kind, **ends, **fields)


ACTOR = stix(
    "intrusion-set", 1, name="Grey Heron", aliases=["Grey Heron", "UNC-77"],
    description="Grey Heron is a group that extorts logistics companies in northern Europe (Citation: Nordwind 2024).",
)  # fmt: skip
MALWARE = stix(
    "malware", 2, name="HERONLOCK", is_family=True,
    description="HERONLOCK is ransomware that encrypts file shares and deletes the shadow copies of Windows hosts.",
)  # fmt: skip
TOOL = stix("tool", 3, name="rclone", description="rclone is a program that copies files to cloud storage services.")
PHISHING = stix(
    "attack-pattern", 4, name="Spearphishing Link",
    description="Attackers send a mail with a link to a page that asks for the password of the victim.",
    external_references=[{"source_name": "mitre-attack", "external_id": "T1566.002"}],
    kill_chain_phases=[{"kill_chain_name": "mitre-attack", "phase_name": "initial-access"}],
)  # fmt: skip
ENCRYPT = stix(
    "attack-pattern", 5, name="Data Encrypted for Impact",
    description="Attackers encrypt data on many hosts to interrupt operations and demand a ransom.",
    external_references=[{"source_name": "mitre-attack", "external_id": "T1486"}],
)  # fmt: skip
BACKUP = stix(
    "course-of-action", 6, name="Offline Backups",
    description="Keep a copy of the data where no account of the domain can reach it. Test the restore.",
)  # fmt: skip
INDICATOR = stix(
    "indicator", 7, name="HERONLOCK control server", pattern_type="stix", valid_from="2024-03-01T00:00:00Z",
    pattern="[ipv4-addr:value = '192.0.2.44' AND network-traffic:dst_port = 8443]",
    description="The address to which HERONLOCK reports that the encryption is done.",
)  # fmt: skip
SECOND = stix("intrusion-set", 8, name="Pale Stork", description="Pale Stork is a group that rents out ransomware.")
CAMPAIGN = stix("campaign", 9, name="Harbour Lights", description="Harbour Lights was a wave of mails to port agents.")
REVOKED = stix("malware", 10, name="OLDLOCK", revoked=True, description="An older name of HERONLOCK.")
VICTIM = stix("identity", 11, name="Port of Testhaven", identity_class="organization")
REPORT = stix(
    "report", 12, name="Herons in the harbour", published="2024-04-01T00:00:00Z",
    description="The report describes how Grey Heron entered three port agencies and what was found there.",
    object_refs=[ACTOR["id"], MALWARE["id"], CAMPAIGN["id"]],
)  # fmt: skip

BUNDLE = {
    "type": "bundle",
    "id": "bundle--00000000-0000-4000-8000-000000000000",
    "objects": [
        ACTOR, MALWARE, TOOL, PHISHING, ENCRYPT, BACKUP, INDICATOR, SECOND, CAMPAIGN, REVOKED, VICTIM, REPORT,
        relation(20, "uses", ACTOR, MALWARE), relation(21, "uses", ACTOR, TOOL), relation(22, "uses", SECOND, MALWARE),
        relation(23, "uses", ACTOR, PHISHING,
                 description="Grey Heron has sent links to a copy of the customs portal to dispatchers."),
        relation(24, "uses", MALWARE, ENCRYPT), relation(25, "mitigates", BACKUP, ENCRYPT),
        relation(26, "indicates", INDICATOR, MALWARE), relation(27, "attributed-to", CAMPAIGN, ACTOR),
        relation(28, "targets", CAMPAIGN, VICTIM), relation(29, "uses", ACTOR, REVOKED),
        relation(30, "uses", ACTOR, {"id": "tool--00000000-0000-4000-8000-000000000099"}),
        relation(31, "related-to", TOOL, MALWARE),
    ],
}  # fmt: skip


def write_corpus(folder: Path) -> Path:
    """Everything above in a folder, with some files that cannot be read."""
    (folder / "policies").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "description.md").write_text("# Hidden\n\nNobody should read this.\n")
    (folder / "handbook.md").write_text(HANDBOOK, encoding="utf-8")
    (folder / "policies" / "remote_access.txt").write_text(NOTES, encoding="utf-8")
    write_pdf(folder / "manual.pdf")
    write_pdf(folder / "locked.pdf", password="secret")
    write_pdf(folder / "scan.pdf", pages=[[], []])
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    (folder / "intel.json").write_text(json.dumps(BUNDLE))
    (folder / "settings.json").write_text('{"colour": "blue"}')
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n")
    (folder / "latin.txt").write_bytes("Größe".encode("latin-1"))
    (folder / "empty.md").write_text(" \n")
    text = "Visitors are met at the gate and wear a badge while they are inside. " * 3
    rows = ["not JSON", json.dumps({"text": text, "title": "Visitors"}), json.dumps({"instruction": "x"})]
    (folder / "rows.jsonl").write_text("\n".join(rows) + "\n")
    return folder
