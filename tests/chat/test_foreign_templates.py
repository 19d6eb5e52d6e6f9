"""Chat templates that others left beside an adapter are used as they are, or a sentence says why they can not."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest

from hackmentor.chat.model_loader import ModelLoader
from hackmentor.chat.piped_chat import answer_messages
from hackmentor.cli import main
from hackmentor.runtime.errors import UserError
from tests.chat.conftest import CELL, GREEDY, load_chat_model, resolve

LLAMA3 = (
    "{{- bos_token }}{%- for m in messages %}{{- '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' + "
    "m['content'] | trim + '<|eot_id|>' }}{%- endfor %}{%- if add_generation_prompt %}"
    "{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{%- endif %}"
)
NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('No system role here') }}{% endif %}"
    "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
PLAIN = NO_SYSTEM.partition("{% endif %}")[2]
FAULTY = {
    "not closed": ("{% for m in messages %}{{ m['role'] + ", "can't be parsed, line 1"),
    "unknown tag": ("\n{% frobnicate %}", "can't be parsed, line 2"),
    "raises": ("{{ raise_exception('Conversation must alternate') }}", "Conversation must alternate"),
    "no tools": ("{{ tools[0].name }}", "has no element 0"),
    "divides": ("{{ 1 // 0 }}", "by zero"),
    "too long": ("{% for i in range(1000000000) %}{% endfor %}", "Range too big"),
    "wrong type": ("{{ messages + 1 }}", "concatenate"),
    "endless": ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recursion"),
    "in marks": ("{% generation %}{{ nothing.at.all }}{% endgeneration %}", "is undefined"),
    "leaves out": ("{{ messages | length }}", "leaves out message 1, of the user"),
}


@pytest.fixture
def adapter(place: Path) -> Path:
    """An adapter as another program left it: without a card and a cell."""
    return Path(shutil.copytree(place / "outputs" / "embedded" / CELL / "adapter", place / "theirs"))


def put_template(folder: Path, text: object) -> None:
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    if isinstance(text, str):
        (folder / "chat_template.jinja").write_text(text)
        return
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"chat_template": text}))


def words(tiny_llama: Path) -> list[str]:
    return ["base=smollm2", "size=135m", f"base.path={tiny_llama}", "adapter=theirs", "data=iio"]


def ask(tiny_llama: Path, system: str | None = None) -> str:
    loader = ModelLoader(GREEDY.model_copy(update={"system": system, "max_new_tokens": 2}), 0)
    out = io.StringIO()
    conversation = loader.start_conversation(resolve(*words(tiny_llama), "quant=none"))
    assert answer_messages([conversation], ["What is CWE-79?"], "json", out) == 0
    return out.getvalue()


@pytest.mark.parametrize(("text", "reason"), FAULTY.values(), ids=FAULTY)
def test_a_template_that_fails_is_one_sentence(adapter: Path, tiny_llama: Path, text: str, reason: str) -> None:
    put_template(adapter, text)
    with pytest.raises(UserError, match=reason) as refused:
        load_chat_model(*words(tiny_llama))
    assert str(refused.value).startswith("theirs: ")
    assert "\n" not in str(refused.value)
    # The way out that it names.
    put_template(adapter, "")
    assert ask(tiny_llama)


def test_the_command_ends_with_it(
    adapter: Path, tiny_llama: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_template(adapter, FAULTY["not closed"][0])
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"What is CWE-79?\n")))
    assert main(["chat", *words(tiny_llama), "quant=none", "output=json"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("hackmentor chat: theirs: the chat template can't be parsed")
    assert "Traceback" not in said.out + said.err


def test_a_template_that_takes_no_system_message_says_so(adapter: Path, tiny_llama: Path) -> None:
    put_template(adapter, NO_SYSTEM)
    assert ask(tiny_llama)
    with pytest.raises(UserError, match="refuses messages of system, user: No system role here"):
        ask(tiny_llama, system="Be brief.")


@pytest.mark.parametrize(
    "text", [LLAMA3, PLAIN, [{"name": "default", "template": PLAIN}, {"name": "tool_use", "template": ""}]]
)
def test_templates_that_training_would_refuse_can_be_talked_with(adapter: Path, tiny_llama: Path, text: object) -> None:
    """Their end of turn may be no token here, and there may be several: only the prompt matters."""
    put_template(adapter, text)
    assert json.loads(ask(tiny_llama))["tokens"] == 2


def test_several_templates_without_a_default_are_named(adapter: Path, tiny_llama: Path) -> None:
    put_template(adapter, [{"name": "rag", "template": PLAIN}, {"name": "tool_use", "template": PLAIN}])
    with pytest.raises(UserError, match=r"of its chat templates \(rag, tool_use\) none is called default"):
        load_chat_model(*words(tiny_llama))
