"""Parses files of public sources; one that is damaged, or that would cost without limit, is logged as left out."""

import json
import math
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hackmentor.runtime.bounded_yaml import load_yaml_documents

HEAD_BYTES = 1 << 16
# No public catalogue nests a tenth as deep; what reads an element calls itself for its children.
MAX_XML_DEPTH = 200


def read_head(path: Path) -> str:
    """The first 64 KiB of a file as text; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return ""


def iter_json(files: Mapping[str, Path], left_out: dict[str, list[str]]) -> Iterator[tuple[str, Any]]:
    """The content of each JSON file, with its name; of JSON lines each line."""
    for name, path in files.items():
        try:
            text = path.read_text(encoding="utf-8-sig")
            if path.suffix.lower() in (".jsonl", ".ndjson"):
                yield from (
                    (f"{name}:{n}", parse_json(line)) for n, line in enumerate(text.splitlines(), 1) if line.strip()
                )
            else:
                yield name, parse_json(text)
        except (OSError, ValueError):
            left_out.setdefault("JSON that does not parse", []).append(name)


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401 - JSON
    """What JSON stands for.

    Raises:
        ValueError: for what is no JSON, is nested too deeply, or holds half of a surrogate pair, which no file can.
    """
    try:
        content = json.loads(text)
        if (b"\\ud" if isinstance(text, bytes) else "\\ud") in text.lower():  # type: ignore[operator]
            json.dumps(content, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return content


def iter_yaml(files: Mapping[str, Path], left_out: dict[str, list[str]]) -> Iterator[tuple[str, Any, str]]:
    """Each document of each YAML file with its place and the text of its file."""
    import yaml

    for name, path in files.items():
        try:
            text = path.read_text(encoding="utf-8-sig")
            for number, document in enumerate(load_yaml_documents(text), start=1):
                yield f"{name}#{number}", document, text
        except (OSError, ValueError, yaml.YAMLError):
            left_out.setdefault("YAML that does not parse", []).append(name)


def iter_xml(files: Mapping[str, Path], left_out: dict[str, list[str]]) -> Iterator[ET.Element]:
    """The root of each XML file. None of the public catalogues declares entities: a file that does is left out."""
    for name, path in files.items():
        try:
            text = path.read_text(encoding="utf-8-sig")
            # An entity could expand into any amount of text.
            if "<!ENTITY" in text:
                raise ValueError
            root = ET.fromstring(text)  # noqa: S314 - no entities
        except (OSError, ValueError, ET.ParseError):
            left_out.setdefault("XML that does not parse", []).append(name)
            continue
        yield root


def is_too_deep(element: ET.Element) -> bool:
    """Whether elements in this one nest deeper than any reader of ours should have to follow."""
    level = list(element)
    for _ in range(MAX_XML_DEPTH):
        level = [child for parent in level for child in parent]
        if not level:
            return False
    return True


def get_text(item: Mapping[str, Any], *keys: str) -> str:
    """The string under a path of keys; empty where there is none."""
    value: Any = item
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def get_list(item: Mapping[str, Any], *keys: str) -> list[Any]:
    """The list under a path of keys; empty where there is none."""
    value: Any = item
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, list) else []


def get_mappings(item: object, *keys: str) -> list[Mapping[str, Any]]:
    """The objects in the list under a path of keys; empty where there is none."""
    found = get_list(item, *keys) if isinstance(item, Mapping) else []
    return [part for part in found if isinstance(part, Mapping)]


def get_texts(item: Mapping[str, Any], *keys: str) -> list[str]:
    """The strings in the list under a path of keys; empty where there is none."""
    return [part for part in get_list(item, *keys) if isinstance(part, str)]


def get_mapping(item: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """The object under a path of keys; empty where there is none."""
    value: Any = item
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def get_number(item: Mapping[str, Any], key: str) -> float:
    """The number under a key; 0 where there is none, or none that a number of ours can hold."""
    value = item.get(key)
    try:
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
    except OverflowError:
        return 0.0
    return number if math.isfinite(number) else 0.0
