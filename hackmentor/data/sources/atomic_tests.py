"""Tests of detection by path, as https://github.com/redcanaryco/atomic-red-team keeps them (MIT)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish_sentence
from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.data.sources.parsed_files import get_list, get_mapping, get_text, iter_yaml, read_head

SUFFIXES = (".yaml", ".yml")
NAME = "atomic"
LICENCE = "MIT (atomic-red-team)"
NOTICE = "Tests of Atomic Red Team (https://github.com/redcanaryco/atomic-red-team), MIT licence, Red Canary, Inc."
ARGUMENT = re.compile(r"#\{([^{}]+)\}")
MAX_LINES = 25


@dataclass(frozen=True, slots=True)
class AtomicTest:
    """A command that shows one technique, with what cleans up after it."""

    upstream_id: str
    technique: str
    technique_name: str
    name: str
    description: str
    platforms: tuple[str, ...]
    executor: str
    command: str
    cleanup: str
    elevated: bool

    @property
    def split_key(self) -> str:
        """Tests of one technique stay together with it."""
        return self.technique.partition(".")[0]


def recognises(path: Path) -> bool:
    """Whether a file holds tests of one technique."""
    head = read_head(path)
    return "attack_technique:" in head and "atomic_tests:" in head


def load_atomic_tests(name: str, files: Mapping[str, Path]) -> Catalogue:
    """Every test that runs a command of at most 25 lines."""
    left_out: dict[str, list[str]] = {}
    tests: dict[str, AtomicTest] = {}
    for place, content, _ in iter_yaml(files, left_out):
        if not isinstance(content, Mapping) or "atomic_tests" not in content:
            left_out.setdefault("YAML without tests", []).append(place)
            continue
        for item in get_list(content, "atomic_tests"):
            test = _build_test(content, item) if isinstance(item, Mapping) else None
            if test:
                tests[test.upstream_id] = test
            else:
                left_out.setdefault("manual test, or a long or nameless one", []).append(place)
    origin = Origin(f"{NAME}:{name}", "", "", f"{len(tests)} tests", LICENCE, NOTICE)
    return Catalogue(origin, tuple(tests[key] for key in sorted(tests)), left_out)


def _build_test(content: Mapping[str, Any], item: Mapping[str, Any]) -> AtomicTest | None:
    arguments = item.get("input_arguments")
    defaults = {
        str(key): str(value.get("default", ""))
        for key, value in (arguments if isinstance(arguments, Mapping) else {}).items()
        if isinstance(value, Mapping)
    }
    command, cleanup = (_fill(get_text(item, "executor", key), defaults) for key in ("command", "cleanup_command"))
    guid = get_text(item, "auto_generated_guid")
    if not command or not guid or command.count("\n") >= MAX_LINES or ARGUMENT.search(command):
        return None
    return AtomicTest(
        upstream_id=guid,
        technique=get_text(content, "attack_technique"),
        technique_name=get_text(content, "display_name"),
        name=clean_text(get_text(item, "name")),
        description=finish_sentence(" ".join(clean_text(get_text(item, "description")).split())),
        platforms=tuple(map(str, get_list(item, "supported_platforms"))),
        executor=get_text(item, "executor", "name"),
        command=command,
        cleanup=cleanup,
        elevated=get_mapping(item, "executor").get("elevation_required") is True,
    )


def _fill(command: str, defaults: Mapping[str, str]) -> str:
    return ARGUMENT.sub(lambda found: defaults.get(found.group(1)) or found.group(), command).strip()
