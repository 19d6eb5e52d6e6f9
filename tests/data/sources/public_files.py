"""Small files in the real formats of public sources, made up by hand; nothing of theirs is in them."""

import json
import zipfile
from pathlib import Path
from typing import Any

LONG = "A flaw in the login form of Example Server lets a remote attacker log in without a valid password."


def write_kev(folder: Path) -> Path:
    row = {
        "cveID": "CVE-2024-10001",
        "vendorProject": "Example",
        "product": "Server",
        "vulnerabilityName": "Example Server SQL Injection",
        "dateAdded": "2024-11-02",
        "shortDescription": "Example Server builds a database query from the name field without neutralizing quotes, "
        "so special elements in it modify the intended SQL command and anyone can read all accounts.",
        "requiredAction": "Apply mitigations per vendor instructions or discontinue use of the product.",
        "dueDate": "2024-11-23",
        "knownRansomwareCampaignUse": "Known",
        "cwes": ["CWE-89"],
    }
    rows = [row, {**row, "cveID": "CVE-2024-10002", "shortDescription": "Too short."}]
    rows += [{**row, "cveID": f"CVE-2024-2000{n}", "dueDate": f"2024-12-{10 + n}"} for n in range(9)]
    content = {"title": "KEV", "catalogVersion": "2024.11.02", "count": len(rows), "vulnerabilities": rows}
    return _write_json(folder / "known_exploited_vulnerabilities.json", content)


def write_nvd(folder: Path) -> Path:
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N"
    cve = {
        "id": "CVE-2025-30001",
        "published": "2025-03-01T10:00:00.000",
        "descriptions": [{"lang": "en", "value": LONG}, {"lang": "es", "value": "Un fallo."}],
        "metrics": {"cvssMetricV31": [{"cvssData": {"vectorString": vector, "baseScore": 9.1}}]},
        "weaknesses": [{"description": [{"lang": "en", "value": "CWE-287"}]}],
    }
    return _write_json(folder / "nvd.json", {"format": "NVD_CVE", "vulnerabilities": [{"cve": cve}]})


def write_cve5(folder: Path) -> Path:
    cna = {
        "affected": [{"vendor": "Example", "product": "Server"}],
        "descriptions": [{"lang": "en", "value": LONG}],
        "problemTypes": [{"descriptions": [{"cweId": "CWE-287", "description": "CWE-287", "lang": "en"}]}],
    }
    meta = {"cveId": "CVE-2025-30002", "state": "PUBLISHED", "datePublished": "2025-04-01T00:00:00Z"}
    record = {"dataType": "CVE_RECORD", "dataVersion": "5.1", "cveMetadata": meta, "containers": {"cna": cna}}
    return _write_json(folder / "CVE-2025-30002.json", record)


def write_ghsa(folder: Path) -> Path:
    advisory = {
        "schema_version": "1.4.0",
        "id": "GHSA-aaaa-bbbb-cccc",
        "aliases": ["CVE-2025-30003"],
        "published": "2025-05-01T00:00:00Z",
        "details": LONG,
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"}],
        "affected": [{"package": {"ecosystem": "PyPI", "name": "example"}}],
        "database_specific": {"cwe_ids": ["CWE-79"]},
    }
    return _write_json(folder / "GHSA-aaaa-bbbb-cccc.json", advisory)


SIGMA = """title: Example Tool Started From Temp
id: 11111111-2222-4333-8444-{number:012}
status: experimental
description: Detects the start of an example tool from a temporary folder, which nobody does by hand.
author: Example Author
date: 2025-06-01
tags:
    - attack.defense-evasion
    - attack.t1562.001
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith: '\\\\example{number}.exe'
        CommandLine|contains:
            - '\\\\Temp\\\\'
            - '-quiet'
    filter:
        ParentImage: null
    condition: selection and not filter
falsepositives:
    - Installers of the example suite
level: medium
"""


def write_sigma(folder: Path) -> Path:
    rules = folder / "sigma" / "rules"
    rules.mkdir(parents=True)
    for number in range(12):
        text = SIGMA.format(number=number).replace("t1562.001", f"t1{100 + number}")
        (rules / f"rule{number}.yml").write_text(text, encoding="utf-8")
    (rules / "broken.yml").write_text("title: [\n", encoding="utf-8")
    (folder / "sigma" / "README.md").write_text("# Rules\n", encoding="utf-8")
    return folder / "sigma"


def write_atomic(folder: Path) -> Path:
    text = """attack_technique: T1082
display_name: System Information Discovery
atomic_tests:
- name: List the system
  auto_generated_guid: 85cfbf23-4a1e-4342-8792-007e004b975f
  description: Writes the name and version of the system into a file in the folder of the test.
  supported_platforms: [linux, macos]
  input_arguments:
    target: {description: File, type: path, default: /tmp/example.txt}
  executor:
    name: sh
    command: uname -a > #{target}
    cleanup_command: rm #{target}
- name: Look at it by hand
  description: A test that a person carries out with the eyes only.
  supported_platforms: [linux]
  executor: {name: manual, steps: look}
"""
    (folder / "T1082.yaml").write_text(text, encoding="utf-8")
    return folder / "T1082.yaml"


def write_capec(folder: Path) -> Path:
    text = """<?xml version="1.0" encoding="UTF-8"?>
<Attack_Pattern_Catalog xmlns="http://capec.mitre.org/capec-3" Name="CAPEC" Version="3.9" Date="2023-01-24">
<Attack_Patterns>
<Attack_Pattern ID="9001" Name="Example Pattern" Abstraction="Standard" Status="Draft">
<Description>An adversary sends a name with a quote in it and reads rows that are not theirs.</Description>
<Likelihood_Of_Attack>High</Likelihood_Of_Attack><Typical_Severity>High</Typical_Severity>
<Prerequisites><Prerequisite>The query is built from the name as text.</Prerequisite></Prerequisites>
<Mitigations><Mitigation>Bind the name as a parameter of the query.</Mitigation></Mitigations>
<Related_Weaknesses><Related_Weakness CWE_ID="89"/></Related_Weaknesses>
</Attack_Pattern>
<Attack_Pattern ID="9002" Name="Old" Abstraction="Standard" Status="Deprecated"><Description>Old.</Description>
</Attack_Pattern></Attack_Patterns></Attack_Pattern_Catalog>"""
    (folder / "capec.xml").write_text(text, encoding="utf-8")
    return folder / "capec.xml"


CWE = """<?xml version="1.0" encoding="UTF-8"?>
<Weakness_Catalog Name="CWE" Version="4.19" Date="2026-03-05" xmlns="http://cwe.mitre.org/cwe-7"
 xmlns:xhtml="http://www.w3.org/1999/xhtml"><Weaknesses>
<Weakness ID="99001" Name="Example Weakness ('Example Mistake')" Abstraction="Base" Structure="Simple" Status="Stable">
<Description>The product takes the name of a file from a letter and opens it without a look at the name.</Description>
<Extended_Description><xhtml:p>Whoever writes the letter chooses the file.</xhtml:p></Extended_Description>
<Related_Weaknesses><Related_Weakness Nature="ChildOf" CWE_ID="99002" View_ID="1000" Ordinal="Primary"/>
</Related_Weaknesses>
<Common_Consequences><Consequence><Scope>Confidentiality</Scope><Impact>Read Files or Directories</Impact>
<Note>A letter that names the file of passwords gets it back by return of post.</Note></Consequence>
</Common_Consequences>
<Potential_Mitigations><Mitigation><Phase>Implementation</Phase>
<Description>Compare the name with a list of the files that letters may ask for, and refuse all others.</Description>
</Mitigation></Potential_Mitigations>
<Detection_Methods><Detection_Method><Method>Manual Static Analysis</Method>
<Description>Follow each name from the letter to the call that opens the file.</Description>
</Detection_Method></Detection_Methods>
<Mapping_Notes><Usage>Allowed</Usage></Mapping_Notes></Weakness>
<Weakness ID="99002" Name="Example Class of Weaknesses" Abstraction="Class" Structure="Simple" Status="Draft">
<Description>The product does what a letter says without a look at who wrote it.</Description></Weakness>
<Weakness ID="99003" Name="DEPRECATED: Example" Abstraction="Base" Structure="Simple" Status="Deprecated">
<Description>This entry is not in use.</Description></Weakness>
<Weakness ID="x" Name="Without a Number" Abstraction="Base" Structure="Simple" Status="Draft"/>
</Weaknesses></Weakness_Catalog>"""


def write_cwe(folder: Path) -> Path:
    (folder / "cwec_v4.19.xml").write_text(CWE, encoding="utf-8")
    return folder / "cwec_v4.19.xml"


def write_prowler_wheel(folder: Path) -> Path:
    check = {
        "Provider": "aws",
        "CheckID": "example_bucket_private",
        "CheckTitle": "Buckets are not public",
        "ServiceName": "s3",
        "Severity": "high",
        "Description": "Looks whether a bucket can be read by anybody.",
        "Risk": "Anybody who knows the name can read all that is stored in it.",
        "Remediation": {
            "Code": {"CLI": "aws s3api put-public-access-block --bucket NAME", "Terraform": ""},
            "Recommendation": {"Text": "Block public access for the whole account.", "Url": ""},
        },
    }
    path = folder / "prowler-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("prowler/providers/aws/s3/example.metadata.json", json.dumps(check))
        wheel.writestr("prowler/other.json", "{}")
    return path


def write_patterns(folder: Path) -> Path:
    rules = folder / "patterns"
    rules.mkdir()
    yara = 'rule Example_Marker\n{\n    meta:\n        description = "Finds the marker of the example tool"\n'
    yara += '        author = "Example Author"\n    strings:\n        $a = "example marker"\n'
    yara += "    condition:\n        $a\n}\n"
    (rules / "example.yar").write_text(yara, encoding="utf-8")
    options = 'msg:"EXAMPLE tool beacon over HTTP"; content:"example"; sid:9000001; rev:1;'
    line = f"alert http any any -> any any ({options})"
    (rules / "example.rules").write_text(f"# comment\n{line}\n", encoding="utf-8")
    capa = "rule:\n  meta:\n    name: encrypt data with an example cipher\n    authors: [Example Author]\n"
    capa += "    att&ck: ['Impact::Data Encrypted for Impact [T1486]']\n  features:\n    - api: ExampleEncrypt\n"
    (rules / "cipher.yml").write_text(capa, encoding="utf-8")
    return rules


def write_attack_bundle(folder: Path) -> Path:
    """A release like v19: Impair Defenses is revoked, its tactic is split in two."""
    objects: list[dict[str, Any]] = [
        {**_identify("x-mitre-collection", "1"), "x_mitre_version": "19.1", "modified": "2026-04-28T00:00:00Z"},
        _make_tactic("1", "Stealth"),
        _make_tactic("2", "Defense Impairment"),
        _make_technique("a", "T1562.001", "Disable or Modify Tools", ["defense-evasion"], revoked=True),
        _make_technique("b", "T1685", "Disable or Modify Tools", ["defense-impairment"]),
        _make_technique("c", "T1036", "Masquerading", ["stealth"]),
        {"type": "course-of-action", "id": "course-of-action--m", **_refer("M1018"), "name": "User Account Management"},
        _make_relation("r1", "revoked-by", "attack-pattern--a", "attack-pattern--b"),
        _make_relation("r2", "mitigates", "course-of-action--m", "attack-pattern--b", "Let no user stop the agent."),
        _make_relation("r3", "mitigates", "course-of-action--m", "attack-pattern--c"),
        _make_relation("r4", "detects", "x-mitre-detection-strategy--d", "attack-pattern--b"),
        {**_identify("x-mitre-detection-strategy", "d"), "x_mitre_analytic_refs": ["x-mitre-analytic--n"]},
        {
            "type": "x-mitre-analytic",
            "id": "x-mitre-analytic--n",
            **_refer("AN0001"),
            "description": "Detects that the service of a security tool was stopped.",
            "x_mitre_platforms": ["Windows"],
            "x_mitre_log_source_references": [{"name": "WinEventLog:System", "channel": "EventCode=7036"}],
            "x_mitre_mutable_elements": [{"field": "ServiceNames", "description": "Names of your tools."}],
        },
    ]
    return _write_json(
        folder / "enterprise-attack-19.1.json", {"type": "bundle", "id": "bundle--1", "objects": objects}
    )


def _make_tactic(number: str, name: str) -> dict[str, Any]:
    slug = name.lower().replace(" ", "-")
    return {"type": "x-mitre-tactic", "id": f"x-mitre-tactic--{number}", "name": name, "x_mitre_shortname": slug}


def _make_technique(uuid: str, number: str, name: str, tactics: list[str], **more: Any) -> dict[str, Any]:
    phases = [{"kill_chain_name": "mitre-attack", "phase_name": slug} for slug in tactics]
    text = f"Adversaries may use {name.lower()} against the example estate. They do so before anything else is tried."
    technique = {"type": "attack-pattern", "id": f"attack-pattern--{uuid}", "name": name, "description": text}
    return {**technique, **_refer(number), "kill_chain_phases": phases, "x_mitre_platforms": ["Windows"], **more}


def _make_relation(uuid: str, kind: str, source: str, target: str, text: str = "") -> dict[str, Any]:
    ends = {"relationship_type": kind, "source_ref": source, "target_ref": target, "description": text}
    return {"type": "relationship", "id": f"relationship--{uuid}", **ends}


def _identify(kind: str, uuid: str) -> dict[str, Any]:
    return {"type": kind, "id": f"{kind}--{uuid}"}


def _refer(number: str) -> dict[str, Any]:
    return {"external_references": [{"source_name": "mitre-attack", "external_id": number}]}


def _write_json(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
