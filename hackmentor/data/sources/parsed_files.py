"""Parses files of public sources; one that is damaged is logged as left out."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HEAD_BYTES = 1 << 16


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
                    (f"{name}:{n}", json.loads(line)) for n, line in enumerate(text.splitlines(), 1) if line.strip()
                )
            else:
                yield name, json.loads(text)
        except (OSError, ValueError, RecursionError):
            left_out.setdefault("JSON that does not parse", []).append(name)


def iter_yaml(files: Mapping[str, Path], left_out: dict[str, list[str]]) -> Iterator[tuple[str, Any, str]]:
    """Each document of each YAML file with its place and the text of its file."""
    import yaml

    # The C parser is ten times as fast, and refuses the same things.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for name, path in files.items():
        try:
            text = path.read_text(encoding="utf-8-sig")
            for number, document in enumerate(yaml.load_all(text, Loader=loader), start=1):
                yield f"{name}#{number}", document, text
        except (OSError, ValueError, RecursionError, yaml.YAMLError):
            left_out.setdefault("YAML that does not parse", []).append(name)


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
