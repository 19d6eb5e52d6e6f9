"""What is installed is what was tested: every dependency has one exact version, within its range.

Whether a version has a known flaw, or was withdrawn, is known online only (docs/security.md has the command).
"""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
LINES = [line for line in (REPOSITORY / "constraints.txt").read_text().splitlines() if line and line[0] != "#"]
PINS = {canonicalize_name(line.partition("==")[0]): line.partition("==")[2] for line in LINES}
# Ray holds libraries that contradict none of these, and is installed by itself on clusters; pip comes with Python.
NOT_PINNED = ("ray", "pip", "hackmentor")
REQUIRED = [
    Requirement(text)
    for texts in [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for text in texts
    if Requirement(text).name not in NOT_PINNED
]


@pytest.mark.parametrize("line", LINES)
def test_a_version_is_exact_and_comes_from_the_index(line: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][0-9A-Za-z.]*", line)


@pytest.mark.parametrize("requirement", REQUIRED, ids=str)
def test_a_dependency_is_pinned_within_its_range(requirement: Requirement) -> None:
    assert requirement.url is None
    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)], prereleases=True)


def test_a_name_is_pinned_once() -> None:
    assert len(PINS) == len(LINES)
