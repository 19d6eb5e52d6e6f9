"""Files of configuration from somebody else: none costs without limit, none ends in a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.cli import main

Said = pytest.CaptureFixture[str]
LISTS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
MERGED = "m0: &m0 {k: v}\n" + "".join(f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}]}}\n" for n in range(1, 40))
LONG = f"a: &a {'x' * 9_999}\nb: [{'*a, ' * 999}]\n"


def plan(folder: Path, text: str, capsys: Said, group: str = "experiment") -> str:
    """What `plan` says about a file in a group of --config-dir, which it refuses."""
    (folder / "theirs" / group).mkdir(parents=True)
    (folder / "theirs" / group / "grid.yaml").write_text(f"# @package _global_\n{text}")
    words = [] if group == "base" else ["base=smollm2"]
    assert main(["plan", "--config-dir=theirs", f"{group}=grid", *words, "size=135m"]) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("group", ["experiment", "base", "tracker"])
@pytest.mark.parametrize("text", [LISTS, MERGED, LONG], ids=["lists", "merged", "long text"])
def test_aliases_make_no_more_of_a_file_than_it_is(text: str, group: str, workplace: Path, capsys: Said) -> None:
    said = plan(workplace, text, capsys, group)
    assert "grid.yaml: with its aliases written out it has more than" in said


@pytest.mark.parametrize("text", ["x: &x [*x]\n", "x: " + "[" * 3000 + "]" * 3000 + "\n", "x:\n" + "- " * 3000 + "a\n"])
def test_a_file_nests_so_far(text: str, workplace: Path, capsys: Said) -> None:
    said = plan(workplace, text, capsys)
    assert "more than 50 levels deep" in said or "inside what it names" in said


@pytest.mark.parametrize("defaults", ["5", "{base: smollm2}", "x"])
def test_defaults_are_a_list(defaults: str, workplace: Path, capsys: Said) -> None:
    assert "grid.yaml: defaults is no list" in plan(workplace, f"defaults: {defaults}\n", capsys)


@pytest.mark.parametrize("defaults", ["- grid", "- /experiment/grid", "- /experiment: grid"])
def test_files_name_each_other_in_no_circle(defaults: str, workplace: Path, capsys: Said) -> None:
    said = plan(workplace, f"defaults:\n  {defaults}\n", capsys)
    assert "circle" in said or "grid" in said


@pytest.mark.parametrize("word", ["seed={}", "train.lr={}", "train.cutoff=[1,{}]"])
def test_a_number_of_thousands_of_digits_is_refused(word: str, workplace: Path, capsys: Said) -> None:
    assert main(["plan", "base=smollm2", "size=135m", word.format("1" * 5000)]) == 2
    assert "Traceback" not in capsys.readouterr().err
