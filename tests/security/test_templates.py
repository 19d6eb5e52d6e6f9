"""Chat templates of a stranger's: bounded in time and memory wherever they come from, and from their folders only."""

from __future__ import annotations

import io
import shutil
import time
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.pretrained.template_text import read_template
from hackmentor.prompts import bounded_rendering
from hackmentor.prompts.render import _refuse_powers
from hackmentor.runtime.errors import UserError
from tests.security.test_sentences import Said, adapter, tell

__all__ = ["adapter"]  # a fixture

LOOPS = "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}x" + "{% endfor %}" * 3
TEMPLATES = {
    "loops": LOOPS,
    "silent loops": LOOPS.replace("x", ""),
    "multiplied": "{{ 'a' * 4000000000 }}",
    "doubled": "{% set n = namespace(t='aa') %}{% for i in range(60) %}{% set n.t = n.t ~ n.t %}{% endfor %}{{ n.t }}",
    "recursion": "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
    "power": "{{ 9 ** (9 ** 9) }}",
    "power in a call": "{{ range(9 ** 9 ** (9 ** 9)) }}",
    "power of a name": "{% set n = 9 %}{{ (n)**n**n }}",
    "format": "{{ '%4000000000d' % 1 }}",
    "list": "{{ ([0] * 4000000000) | length }}",
}


@pytest.fixture(autouse=True)
def short_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_rendering, "_SECONDS", 1.5)
    monkeypatch.setattr(bounded_rendering, "_BYTES", 2**29)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"hi\n")))


def assert_refused_in_time(words: list[str], capsys: Said) -> None:
    begun = time.monotonic()
    assert "chat template refuses" in tell(words, capsys)
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_the_own_template_of_a_base_is_bounded(template: str, tiny_llama: Path, workplace: Path, capsys: Said) -> None:
    base = shutil.copytree(tiny_llama, workplace / "base")
    (base / "chat_template.jinja").write_text(template)
    words = ["base.templates.iio=own", "base.templates.turn=own", "chat.max_new_tokens=2"]
    assert_refused_in_time(["chat", "smollm2-135m", f"base.path={base}", *words], capsys)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_the_template_of_an_adapter_is_bounded(
    template: str, adapter: Path, tiny_llama: Path, workplace: Path, capsys: Said
) -> None:
    shutil.copytree(adapter, workplace / "stranger")
    (workplace / "stranger/chat_template.jinja").write_text(template)
    words = [
        "chat",
        "base=smollm2",
        "size=135m",
        f"base.path={tiny_llama}",
        "adapter=stranger",
        "chat.max_new_tokens=2",
    ]
    assert_refused_in_time(words, capsys)


@pytest.mark.parametrize("text", ["{{ f(**x) }}", "{{ f(a, **x) }}", "**bold** {{ m }} **", "{{ '**' }}"])
def test_two_asterisks_are_not_always_a_power(text: str) -> None:
    _refuse_powers(text)


def test_an_honest_template_is_rendered_within_the_bounds(
    adapter: Path, tiny_llama: Path, workplace: Path, capsys: Said
) -> None:
    words = ["base=smollm2", "size=135m", f"base.path={tiny_llama}", f"adapter={adapter}", "chat.max_new_tokens=2"]
    assert main(["chat", *words]) == 0


NAMES = ["../x", "/etc/passwd", "a/b", "..", ".", ".hidden", "a\\b", ""]


@pytest.mark.parametrize("name", NAMES)
def test_a_template_stays_in_its_folders(name: str, workplace: Path) -> None:
    (workplace / "x.jinja").write_text("{{ messages }}")
    request = CommandRequest("plan", (f"base.templates.iio='{name}'",))
    with pytest.raises(UserError, match=r"base\.templates"), hydra_initialized(request) as hydra:
        compose_grid(hydra, request)


@pytest.mark.parametrize("name", ["../x", "/x", "sub/x"])
def test_nor_is_one_read_from_elsewhere(name: str, tmp_path: Path) -> None:
    (tmp_path / "x.jinja").write_text("{{ messages }}")
    (tmp_path / "templates/sub").mkdir(parents=True)
    (tmp_path / "templates/sub/x.jinja").write_text("{{ messages }}")
    with pytest.raises(UserError, match="leads out of the folders of templates"):
        read_template(name, tmp_path / "templates")


def test_one_of_the_users_own_is_found_there(tmp_path: Path) -> None:
    (tmp_path / "my own-2.jinja").write_text("{{ messages }}")
    assert read_template("my own-2", tmp_path) == "{{ messages }}"
