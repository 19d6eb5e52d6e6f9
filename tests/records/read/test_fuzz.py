"""No content of a file is a traceback: it is read, counted, or refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hackmentor.records.read import keys
from hackmentor.records.read.import_records import import_records
from hackmentor.runtime.errors import UserError

KEYS = sorted(
    {
        *keys.CONVERSATION_KEYS, *keys.QUESTION_KEYS, *keys.ANSWER_KEYS, *keys.INPUT_KEYS, *keys.SYSTEM_KEYS,
        *keys.UNUSABLE_KEYS, *keys.WEIGHT_KEYS, *keys.LABEL_KEYS, "history", "instances", "text", "role", "content",
        "from", "value", "user", "assistant", "type", "rejected", "sha256", "shape", "id", "x", "data", "Event",
    }
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["user", "assistant", "system", "text", "[]", "[[", "### Human: a### Assistant: b", "[INST] a [/INST]"]
    ),
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)
ROWS = st.one_of(st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1, max_size=6), VALUES)


def try_import(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for skip_bad in (False, True):
        try:
            import_records(path, source="mine", licence="", skip_bad=skip_bad)
        except UserError:
            continue


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, max_size=4), suffix=st.sampled_from([".json", ".jsonl"]))
def test_no_row_is_a_traceback(tmp_path: Path, rows: list[Any], suffix: str) -> None:
    text = json.dumps(rows) if suffix == ".json" else "\n".join(map(json.dumps, rows))
    try_import(tmp_path / f"a{suffix}", text.encode())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=60), st.text(alphabet='[]{}",:;ntru10\n\r\t \ufeff\0', max_size=60).map(str.encode)
    ),
    suffix=st.sampled_from([".json", ".jsonl", ".csv", ".tsv", ".json.gz", ".csv.gz", ".ndjson"]),
)
def test_no_file_is_a_traceback(tmp_path: Path, content: bytes, suffix: str) -> None:
    try_import(tmp_path / f"a{suffix}", content)
