"""Files of public sources from a stranger: each is left out and counted, whatever stands in it, and costs little."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hackmentor.data.sources.path_formats import load_path_catalogue
from hackmentor.data.sources.vulnerability import Vulnerability
from hackmentor.runtime.bounded_yaml import load_yaml_documents
from hackmentor.runtime.errors import UserError
from tests.data.sources.public_files import SIGMA

TOLD = "An attacker who can reach the service over the network may read files of other users without any login here."
ENGLISH = [{"lang": "en", "value": TOLD}]
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
MERGED = "m0: &m0 {k: v}\n" + "".join(f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}]}}\n" for n in range(1, 40))
RULE = SIGMA.format(number=1)


def load(folder: Path, name: str, content: object) -> tuple[list[Any], dict[str, list[str]]]:
    """The entries of a folder with one file, and what was left out, also where nothing else is there."""
    source = folder / "source"
    source.mkdir()
    raw = content if isinstance(content, str | bytes) else json.dumps(content)
    (source / name).write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    try:
        catalogue = load_path_catalogue(source)
    except UserError as error:
        return [], {str(error): []}
    assert catalogue is not None
    return list(catalogue.entries), {reason: list(ids) for reason, ids in catalogue.left_out.items()}


# Values of other types


def kev(**changes: Any) -> dict[str, Any]:
    row = {"cveID": "CVE-2024-0001", "shortDescription": TOLD, "cwes": ["CWE-79"]}
    return {"vulnerabilities": [row | changes]}


def cve5(cna: object, **changes: Any) -> dict[str, Any]:
    known = {"cveId": "CVE-2024-0001", "state": "PUBLISHED"}
    return {"dataType": "CVE_RECORD", "cveMetadata": known, "containers": {"cna": cna}} | changes


def nvd(**changes: Any) -> dict[str, Any]:
    cve = {"id": "CVE-2024-0001", "descriptions": ENGLISH}
    return {"format": "NVD_CVE", "vulnerabilities": [{"cve": cve | changes}]}


def osv(**changes: Any) -> dict[str, Any]:
    return {"id": "CVE-2024-0001", "affected": [], "details": TOLD} | changes


def scored(score: object) -> dict[str, Any]:
    return {"descriptions": ENGLISH, "metrics": [{"cvssV3_1": score}]}


@pytest.mark.parametrize(
    "content",
    [
        kev(cwes=[5, None]), kev(cwes=[[]]), kev(vendorProject=None, product={}),
        cve5(scored({"baseScore": "high"})), cve5(scored({"baseScore": 10**400})), cve5(scored({"baseScore": [1]})),
        cve5(scored(5)), cve5({"descriptions": ENGLISH, "metrics": [5]}),
        cve5({"descriptions": ENGLISH, "problemTypes": [5, {"descriptions": [5]}]}),
        nvd(metrics={"cvssMetricV31": [5, None]}), nvd(metrics={"cvssMetricV31": [{"cvssData": {"baseScore": "x"}}]}),
        nvd(metrics={"cvssMetricV31": [{"cvssData": {"baseScore": 10**309}}]}), nvd(weaknesses=[{"description": [5]}]),
        osv(aliases=[5], severity=[5], database_specific=[]), osv(affected=[None]), osv(database_specific=None),
    ],
    ids=lambda content: ascii(content)[-70:],
)  # fmt: skip
def test_a_value_of_another_type_is_none(content: object, tmp_path: Path) -> None:
    [entry], _ = load(tmp_path, "x.json", content)
    assert isinstance(entry, Vulnerability)
    assert entry.upstream_id == "CVE-2024-0001"
    assert entry.score == 0


@pytest.mark.parametrize("containers", [[], "x", {"cna": []}, {"cna": "x"}])
def test_a_record_without_its_parts_is_none(containers: object, tmp_path: Path) -> None:
    entries, left_out = load(tmp_path, "x.json", cve5({}, containers=containers))
    assert not entries
    assert any("nothing in it can be used" in reason for reason in left_out)


@pytest.mark.parametrize("text", ['"' + "\\ud800" + '"', "[" * 100_000, "9" * 5000], ids=["surrogate", "deep", "long"])
@pytest.mark.parametrize("name", ["x.json", "x.metadata.json"])
def test_json_that_no_file_can_hold_is_left_out(text: str, name: str, tmp_path: Path) -> None:
    content = f'{{"cveID": 1, "CheckID": "x", "Provider": "aws", "shortDescription": {text}}}'
    entries, left_out = load(tmp_path, name, content)
    assert not entries
    assert any("does not parse" in reason or "check without an id" in reason for reason in left_out)


CHECK = {
    "Provider": "aws", "CheckID": "private", "CheckTitle": "T", "Risk": TOLD,
    "Remediation": {"Recommendation": {"Text": "Do this one thing today."}},
}  # fmt: skip


@pytest.mark.parametrize("code", [5, None, [], "x", {"CLI": 5}])
def test_a_check_without_code_is_one(code: object, tmp_path: Path) -> None:
    content = CHECK | {"Remediation": {"Recommendation": {"Text": "Do this one thing today."}, "Code": code}}
    [entry], _ = load(tmp_path, "x.metadata.json", content)
    assert entry.command == ""


# YAML


@pytest.mark.parametrize(
    "rule",
    [
        BOMB + RULE + "author: *a9\n", BOMB + RULE + "date: *a9\n", BOMB + RULE.replace("level: medium", "level: *a9"),
        RULE + "x: " + "[" * 100_000, RULE + "x: " + "{" * 30_000, RULE + "x: !!timestamp q\n", RULE + "x: &x [*x]\n",
        RULE + f"x: &x {'y' * 9999}\nz: [{'*x, ' * 999}]\n", RULE + MERGED,
    ],
    ids=["author", "date", "level", "lists", "objects", "tag", "itself", "long text", "merged"],
)  # fmt: skip
def test_yaml_that_is_more_than_it_says_is_left_out(rule: str, tmp_path: Path) -> None:
    entries, left_out = load(tmp_path, "x.yml", rule)
    assert not entries
    assert any("YAML that does not parse" in reason for reason in left_out)


def test_aliases_within_the_bounds_are_kept() -> None:
    assert list(load_yaml_documents("a: &a [1, &b x]\nb: [*a, *b]\n---\n- y\n")) == [
        {"a": [1, "x"], "b": [[1, "x"], "x"]},
        ["y"],
    ]
    many = "- x\n" * 60_000
    assert len(next(load_yaml_documents(many))) == 60_000


# XML


def test_xml_that_nests_deeply_is_left_out(tmp_path: Path) -> None:
    deep = f"<p>{'<p>' * 3000}{'</p>' * 3000}</p>"
    patterns = "".join(
        f'<Attack_Pattern ID="{n}" Name="N"><Description>{TOLD}{deep if n == 1 else ""}</Description></Attack_Pattern>'
        for n in (1, 2)
    )
    catalogue = f'<Attack_Pattern_Catalog xmlns="c">{patterns}</Attack_Pattern_Catalog>'
    entries, left_out = load(tmp_path, "c.xml", catalogue)
    assert [entry.upstream_id for entry in entries] == ["CAPEC-2"]
    assert left_out == {"nested too deeply": ["CAPEC-1"]}


# Wheels


def pack(*members: tuple[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as wheel:
        for name, content in members:
            wheel.writestr(name, content)
    return bytearray(buffer.getvalue())


def test_a_member_that_unpacks_without_end_is_left_out(tmp_path: Path) -> None:
    wheel = pack(("a/big.metadata.json", b" " * 50_000_000), ("a/x.metadata.json", json.dumps(CHECK)))
    entries, left_out = load(tmp_path, "p.whl", bytes(wheel))
    assert [entry.upstream_id for entry in entries] == ["private"]
    assert left_out == {"check of more than 1,000,000 bytes": ["a/big.metadata.json"]}


def damage_content(wheel: bytearray) -> None:
    wheel[60] ^= 255


def cut_end(wheel: bytearray) -> None:
    del wheel[-30:]


def set_in_directory(offset: int, value: int) -> Callable[[bytearray], None]:
    def edit(wheel: bytearray) -> None:
        wheel[wheel.find(b"PK\1\2") + offset] = value

    return edit


@pytest.mark.parametrize(
    "damage", [damage_content, set_in_directory(8, 1), set_in_directory(10, 98), set_in_directory(6, 200)],
    ids=["content", "encrypted", "method", "version"],
)  # fmt: skip
def test_a_wheel_that_cannot_be_unpacked_is_counted(damage: Callable[[bytearray], None], tmp_path: Path) -> None:
    wheel = pack(("a/x.metadata.json", json.dumps(CHECK)))
    damage(wheel)
    (tmp_path / "source").mkdir()
    (tmp_path / "source/good.metadata.json").write_text(json.dumps(CHECK))
    (tmp_path / "source/p.whl").write_bytes(wheel)
    catalogue = load_path_catalogue(tmp_path / "source")
    assert catalogue is not None
    assert len(catalogue.entries) == 1
    assert catalogue.left_out == {"wheel that can't be unpacked": ["p.whl"]}


# Patterns that would search to the end of the file at every place

YARA = f'rule good {{\n meta:\n  description = "{TOLD}"\n condition: true\n}}\n'


@pytest.mark.parametrize(
    "more", ["rule a\n" * 150_000, "rule a {\n" * 150_000, "rule a {\n" + "\n" * 150_000 + "}\n", "}\n" * 150_000],
    ids=["no brace", "no end", "empty lines", "ends"],
)  # fmt: skip
def test_a_file_of_yara_is_read_once(more: str, tmp_path: Path) -> None:
    entries, _ = load(tmp_path, "x.yar", YARA + more)
    assert [(entry.name, entry.text) for entry in entries] == [("good", YARA.strip())]


@pytest.mark.parametrize("options", ["msg:" * 100_000, "msg:" + " " * 200_000], ids=["words", "spaces"])
def test_a_long_rule_is_not_looked_into(options: str, tmp_path: Path) -> None:
    good = f'alert tcp any any -> any any (msg:"{TOLD}"; sid:1;)\n'
    entries, left_out = load(tmp_path, "x.rules", f"{good}alert tcp {options})\n")
    assert [entry.upstream_id for entry in entries] == ["sid:1"]
    assert sum(map(len, left_out.values())) == 1


def test_a_table_of_too_many_columns_is_no_table(tmp_path: Path) -> None:
    columns = ",".join(f"c{n}" for n in range(1000))
    entries, left_out = load(tmp_path, "x.csv", f"cveID,{columns}\n" + "CVE-2024-0001\n" * 3)
    assert not entries
    assert any("CSV that does not parse" in reason for reason in left_out)
