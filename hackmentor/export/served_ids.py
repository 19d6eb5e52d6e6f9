"""Checks that other programs make of an export the token ids that the cell was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from transformers import AutoTokenizer

from hackmentor.export.compare_outputs import ExportError
from hackmentor.export.llama_cpp_ids import is_llama_cpp_installed, tokenize_with_llama_cpp
from hackmentor.prompts.bounded_rendering import rendering_bounded
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.prefix_space import get_prefix_space
from hackmentor.records.record import Message
from hackmentor.runtime.errors import UserError

_CODE = "def f(x):\n    if x:\n        return 1\n\n\nprint(f(2))  # CWE-79: <script>alert('x')</script>"
_SAID = ("Is it old?", "Yes, since 1998.\n\nSee RFC 2616:\n\n- a list\n  - in it", "Zażółć 安全 🔒  two spaces", _CODE)


def _build_dialogue(start: int, turns: int) -> tuple[Message, ...]:
    """Messages of user and assistant in turn, from one of the texts on."""
    said = [_SAID[(start + place) % len(_SAID)] for place in range(turns)]
    return tuple({"role": "assistant" if place % 2 else "user", "content": text} for place, text in enumerate(said))


# Prompts of one to three turns. Text that looks like a control token is not among them: HackMentor keeps it text, and
# other programs make the token of it.
_CONVERSATIONS: tuple[tuple[Message, ...], ...] = (
    ({"role": "user", "content": "What is CWE-79?"},),
    ({"role": "user", "content": _CODE},),
    ({"role": "system", "content": "Be brief."}, {"role": "user", "content": _SAID[2]}),
    _build_dialogue(0, 3),
    _build_dialogue(1, 3),
    _build_dialogue(2, 5),
)


def verify_served_ids(template: ChatTemplate, folder: Path, gguf_file: str | None) -> dict[str, str]:
    """Encodes prompts with what an export has, by the programs that it is for, and compares with the training's ids.

    Args:
        template: of the cell.
        folder: of the export.
        gguf_file: its name in the folder, if it is one.

    Returns:
        For each program, what was found or why it could not be asked; for export.json.

    Raises:
        ExportError: if a program makes other ids.
    """
    equal = f"{len(_list_conversations(template))} prompts, ids as trained"
    if gguf_file is None:
        verify_transformers_ids(template, folder)
        return {"transformers": equal}
    found = {"transformers": "not checked: it reads no prefix space from a GGUF file"}
    if get_prefix_space(template.tokenizer.backend_tokenizer) == "never":
        verify_transformers_ids(template, folder, gguf_file)
        found = {"transformers": equal}
    if not is_llama_cpp_installed():
        return found | {"llama.cpp": "not checked: the package xllamacpp is not installed"}
    _compare(template, tokenize_with_llama_cpp(folder / gguf_file, _list_conversations(template)), "llama.cpp")
    return found | {"llama.cpp": equal}


def verify_transformers_ids(template: ChatTemplate, folder: Path, gguf_file: str | None = None) -> None:
    """Raises ExportError if transformers makes other ids of the prompts with the tokenizer and template of a folder."""
    served = AutoTokenizer.from_pretrained(folder, **({} if gguf_file is None else {"gguf_file": gguf_file}))
    with rendering_bounded():
        ids = [
            served.apply_chat_template(list(messages), add_generation_prompt=True, return_dict=True)["input_ids"]
            for messages in _list_conversations(template)
        ]
    _compare(template, ids, "transformers")


def _list_conversations(template: ChatTemplate) -> list[tuple[Message, ...]]:
    """The conversations that a template takes: some refuse a system message."""
    return [messages for messages in _CONVERSATIONS if _is_taken(template, messages)]


def _is_taken(template: ChatTemplate, messages: Sequence[Message]) -> bool:
    try:
        template.encode_prompt(messages)
    except UserError:
        return False
    return True


def _compare(template: ChatTemplate, served: Sequence[Sequence[int]], program: str) -> None:
    for messages, found in zip(_list_conversations(template), served, strict=True):
        expected = template.encode_prompt(messages)
        if list(found) != expected:
            place = next(
                (at for at, pair in enumerate(zip(found, expected, strict=False)) if pair[0] != pair[1]),
                min(len(found), len(expected)),
            )
            tokens = [
                template.tokenizer.convert_ids_to_tokens(list(ids[place : place + 4])) for ids in (found, expected)
            ]
            raise ExportError(
                f"{program} makes other tokens of a prompt with what was written than the cell was trained on: from "
                f"token {place} on {tokens[0]}, not {tokens[1]} ({messages[-1]['content'][:40]!r})"
            )
