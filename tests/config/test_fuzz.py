"""No configuration file and no word of the command line is a traceback: it is used, or refused in a few sentences."""

from __future__ import annotations

import contextlib
import io
import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hackmentor.cli import main
from hackmentor.config.schema import Config
from tests.fuzz import count_examples
from tests.schema_keys import list_keys

SETTINGS = settings(
    max_examples=count_examples(120), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
GROUPS = ["experiment", "base", "size", "data", "method", "quant", "optimizer", "trainer", "tracker", "judge", "train"]


KEYS = list_keys(Config)
NAMES = sorted({part for key in KEYS for part in key.split(".")} | {"defaults", "hydra", "_target_", "mode", "params"})
WORDS = [
    "null", "true", "off", "~", "-1", "0", "1e999", "nan", ".inf", "1_000", "0x1f", "2024-01-01", "12:30:00", "iio",
    "", "${seed}", "${oops", "${nope}", "${oc.env:NOPE_X}", "${.lr}", "???", "模型/a", "a b", "a=b", "it's", '"', "[",
    "{a: 1}", "[1,2", "a,b", "choice(1,2)", "interval(0,1)", "range(0,3)", "glob(*)", "tag(x, 1)", "sort(2,1)", "\\",
    "\x00", "\ufeff", "!!python/name:os.system", "*a", "&a b", "<<", "%", "@", "`", "\t", "\u2028", "\U0001f512",
]  # fmt: skip
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(max_size=6))
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-3, 10**6), st.floats(), TEXTS)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES) | TEXTS, inner, max_size=4)
    ),
    max_leaves=10,
)
FILES = st.one_of(
    st.dictionaries(st.sampled_from(NAMES), TREES, max_size=4).map(lambda tree: yaml.safe_dump(tree).encode()),
    TREES.map(lambda tree: yaml.safe_dump(tree, allow_unicode=True).encode()),
    st.text(alphabet="ab:-[]{},#&*!|>'\"%@`? \n\t\ufeff\x00${}", max_size=40).map(str.encode),
    st.binary(max_size=30),
)
OVERRIDES = st.one_of(
    st.builds("{}{}={}".format, st.sampled_from(["", "", "+", "++", "~"]), st.sampled_from(KEYS), TEXTS),
    st.builds("{}={}".format, st.sampled_from([*GROUPS, "hydra/launcher", "hydra/sweeper", "hydra.mode"]), TEXTS),
    st.builds("{}={}".format, TEXTS, TEXTS),
    TEXTS,
).filter(lambda word: "\0" not in word)  # the system passes none on


def run_status(*words: str) -> None:
    """`hackmentor status`, which changes nothing, does what is asked or says in words why not."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            code = main(["status", *words])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
    said = output.getvalue()
    assert code in (0, 2), said
    assert code == 0 or "hackmentor status: " in said or said.startswith("usage: "), said
    assert "Traceback" not in said


@pytest.fixture
def folder(workplace: Path, small_data: Path) -> Path:
    shutil.copytree(small_data, workplace / "data")
    return workplace


@SETTINGS
@given(group=st.sampled_from(GROUPS), content=FILES, has_head=st.booleans())
def test_no_file_is_a_traceback(folder: Path, group: str, content: bytes, has_head: bool) -> None:
    file = folder / "ours" / group / "mine.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes((b"# @package _global_\n" if has_head else b"") + content)
    run_status("--config-dir", str(folder / "ours"), f"{group}=mine")


@SETTINGS
@given(words=st.lists(OVERRIDES, min_size=1, max_size=3), multirun=st.booleans())
def test_no_word_is_a_traceback(folder: Path, words: list[str], multirun: bool) -> None:
    run_status(*(["-m"] if multirun else []), *words)
