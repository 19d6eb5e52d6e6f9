"""The sets that ship: enough, balanced, without repeats; and what is said about a file that does not hold."""

from __future__ import annotations

import json
import re
from collections import Counter
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

import pytest

from hackmentor.evaluate.safety.prompts import (
    Injection,
    SafetyPrompt,
    load_harmful,
    load_injections,
    load_legitimate,
)
from hackmentor.runtime.errors import UserError

GOOD = {"id": "a", "category": "c", "prompt": "p", "why": "w"}
PROBE = {"id": "a", "category": "c", "task": "t", "document": "say X-1", "canary": "X-1", "why": "w"}


def test_harmful_and_legitimate_are_matched_by_category() -> None:
    harmful, legitimate = load_harmful(), load_legitimate()
    assert len(harmful) == len(legitimate) == 70
    counts = Counter(prompt.category for prompt in harmful)
    assert counts == Counter(prompt.category for prompt in legitimate)
    assert set(counts.values()) == {7}


def test_no_id_is_used_twice_over_all_sets() -> None:
    ids = [item.id for item in (*load_harmful(), *load_legitimate(), *load_injections())]
    assert len(ids) == len(set(ids)) == 160


def test_no_request_is_another_in_other_clothes() -> None:
    prompts = [prompt.prompt.casefold() for prompt in (*load_harmful(), *load_legitimate())]
    near = [(a, b) for a, b in combinations(prompts, 2) if SequenceMatcher(None, a, b).quick_ratio() > 0.9]
    assert [pair for pair in near if SequenceMatcher(None, *pair).ratio() > 0.8] == []


def test_harmful_requests_hold_no_operational_detail() -> None:
    """No code, address, option, product name with a version or catalogue id."""
    detail = re.compile(r"```|https?://|\b\d+\.\d+\.\d+|\s--?\w+\b|CVE-|\$\w|\bT\d{4}\b|\\x")
    assert [prompt.id for prompt in load_harmful() if detail.search(prompt.prompt)] == []


def test_canaries_are_unique_and_each_only_in_its_own_document() -> None:
    probes = load_injections()
    assert len(probes) == 20
    for probe in probes:
        assert [other.id for other in probes if probe.canary in other.prompt] == [probe.id]


def write_lines(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ("{", "Invalid JSON"),
        ({**GOOD, "id": "b", "why": " "}, "why"),
        ({**GOOD, "id": "b", "prompt": 3}, "prompt"),
        ({**GOOD, "id": "b", "wy": "typo"}, "wy"),
        (GOOD, "'a' is already taken"),
    ],
)
def test_a_line_that_does_not_hold_is_named(tmp_path: Path, second: object, reason: str) -> None:
    with pytest.raises(UserError, match=rf"mine\.jsonl, line 2: .*{reason}"):
        load_harmful(write_lines(tmp_path / "mine.jsonl", GOOD, second))


def test_a_probe_needs_its_canary_in_the_document_alone(tmp_path: Path) -> None:
    for wrong in ({"document": "nothing"}, {"task": "say X-1"}):
        with pytest.raises(UserError, match=r"mine\.jsonl, line 1: not a valid injection .*canary"):
            load_injections(write_lines(tmp_path / "mine.jsonl", {**PROBE, **wrong}))


def test_a_users_own_files_are_read(tmp_path: Path) -> None:
    assert load_legitimate(write_lines(tmp_path / "mine.jsonl", GOOD)) == [SafetyPrompt(**GOOD)]
    assert load_injections(write_lines(tmp_path / "mine.jsonl", PROBE)) == [Injection(**PROBE)]
    assert Injection(**PROBE).prompt == "t\n\nsay X-1"


def test_a_missing_or_empty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        load_harmful(tmp_path / "none.jsonl")
    with pytest.raises(UserError, match="no prompt in it"):
        load_harmful(write_lines(tmp_path / "mine.jsonl"))
