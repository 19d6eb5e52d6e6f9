"""Checks of cloud configurations by path: prowler's metadata, from its repository or its wheel, not installed."""

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish_sentence
from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.data.sources.parsed_files import get_mapping, get_text, parse_json, read_head

SUFFIXES = (".metadata.json", ".whl")
NAME = "checks"
LICENCE = "Apache-2.0 (prowler)"
NOTICE = "Metadata of prowler's checks (https://github.com/prowler-cloud/prowler), Apache License 2.0."
METADATA = ".metadata.json"
# The largest of prowler's has some 5 kB.
MAX_METADATA_BYTES = 1_000_000
# What `zipfile` raises for a member that is damaged, encrypted (RuntimeError), or packed in a way that it doesn't know.
WHEEL_ERRORS = (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, ValueError)


@dataclass(frozen=True, slots=True)
class CloudCheck:
    """A check of a cloud's configuration: what it demands, why, and how to comply."""

    upstream_id: str
    provider: str
    service: str
    title: str
    description: str
    risk: str
    severity: str
    recommendation: str
    command: str
    terraform: str

    @property
    def split_key(self) -> str:
        """Each check is split by itself."""
        return self.upstream_id


def recognises(path: Path) -> bool:
    """Whether a file is the metadata of a check, or a wheel with such."""
    if path.suffix == ".whl":
        return any(True for _ in _iter_wheel(path.name, path, {}))
    head = read_head(path)
    return '"CheckID"' in head and '"Provider"' in head


def load_cloud_checks(name: str, files: Mapping[str, Path]) -> Catalogue:
    """Every check with a risk and a recommendation."""
    left_out: dict[str, list[str]] = {}
    checks: dict[str, CloudCheck] = {}
    for place, text in _iter_texts(files, left_out):
        try:
            content = parse_json(text)
        except ValueError:
            content = None
        check = _build_check(content) if isinstance(content, Mapping) else None
        if check:
            checks[check.upstream_id] = check
        else:
            left_out.setdefault("check without an id, a risk or a recommendation", []).append(place)
    origin = Origin(f"{NAME}:{name}", "", "", f"{len(checks)} checks", LICENCE, NOTICE)
    return Catalogue(origin, tuple(checks[key] for key in sorted(checks)), left_out)


def _iter_texts(files: Mapping[str, Path], left_out: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    for name, path in files.items():
        if path.suffix == ".whl":
            yield from _iter_wheel(name, path, left_out)
        else:
            yield name, path.read_text(encoding="utf-8", errors="replace")


def _iter_wheel(name: str, path: Path, left_out: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """The metadata in a wheel; one that is larger than any is left out, and so is what can't be unpacked."""
    try:
        with zipfile.ZipFile(path) as wheel:
            for member in sorted(wheel.infolist(), key=lambda member: member.filename):
                if not member.filename.endswith(METADATA):
                    continue
                with wheel.open(member) as stream:
                    # What it says of its own size may be wrong; a kilobyte can be unpacked into a gigabyte.
                    content = stream.read(MAX_METADATA_BYTES + 1)
                if len(content) > MAX_METADATA_BYTES:
                    left_out.setdefault(f"check of more than {MAX_METADATA_BYTES:,} bytes", []).append(member.filename)
                else:
                    yield member.filename, content.decode("utf-8", errors="replace")
    except WHEEL_ERRORS:
        left_out.setdefault("wheel that can't be unpacked", []).append(name)


def _build_check(content: Mapping[str, Any]) -> CloudCheck | None:
    advice = _clean(get_text(content, "Remediation", "Recommendation", "Text"))
    risk = _clean(get_text(content, "Risk"))
    if not get_text(content, "CheckID") or len(risk.split()) < 5 or len(advice.split()) < 4:
        return None
    code = get_mapping(content, "Remediation", "Code")
    return CloudCheck(
        upstream_id=get_text(content, "CheckID"),
        provider=get_text(content, "Provider"),
        service=get_text(content, "ServiceName"),
        title=_clean(get_text(content, "CheckTitle")),
        description=_clean(get_text(content, "Description")),
        risk=risk,
        severity=get_text(content, "Severity"),
        recommendation=advice,
        command=_keep_command(get_text(code, "CLI")),
        terraform=_keep_terraform(get_text(code, "Terraform")),
    )


def _clean(text: str) -> str:
    return finish_sentence(" ".join(clean_text(text).split()))


def _keep_command(text: str) -> str:
    """A command; where the metadata holds a link instead, nothing."""
    return "" if text.startswith("http") or "```" in text else text.strip()


def _keep_terraform(text: str) -> str:
    inner = (
        text.strip().removeprefix("```hcl").removeprefix("```terraform").removeprefix("```").removesuffix("```").strip()
    )
    return inner if "resource " in inner and inner.count("{") == inner.count("}") else ""
