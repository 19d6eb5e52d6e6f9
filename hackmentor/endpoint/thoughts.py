"""Separates a model's thoughts from its answer: reasoning models write them in front of it, between tags."""

from __future__ import annotations

import re

_NAMES = "think|thinking|thought|thoughts|reasoning|reflection"
_ANY_OPENING = re.compile(rf"<(?:{_NAMES})>|\[THINK\]|◁think▷", re.IGNORECASE)
_OPENING = re.compile(rf"^[ \t]*(?:{_ANY_OPENING.pattern})", re.IGNORECASE | re.MULTILINE)
_CLOSING = re.compile(rf"</(?:{_NAMES})>|\[/THINK\]|◁/think▷", re.IGNORECASE)
# Without an opening tag, which was in the prompt. Inside a sentence it is a part of the answer.
_LONE_CLOSING = re.compile(rf"(?:^[ \t]*(?:{_CLOSING.pattern})|(?:{_CLOSING.pattern})(?=\s*(?:$|\{{)))", re.I | re.M)
_CODE_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
# The channels of gpt-oss: what comes before the last one is not for the reader.
_FINAL_CHANNEL = "<|channel|>final<|message|>"
_OTHER_CHANNEL = re.compile(r"\s*(?:<\|start\|>assistant)?<\|channel\|>(?:analysis|commentary)")

_CHANNEL_TOKENS = frozenset({"<|channel|>", "<|message|>", "<|start|>", "<|end|>", "<|return|>"})
# What `open_thoughts` puts in front: any of the opening tags does.
_ADDED_OPENING = "<think>"


def is_thought_mark(token: str) -> bool:
    """Whether a token of a tokenizer is a tag around thoughts, which must not be lost when an answer is decoded."""
    return bool(_OPENING.fullmatch(token) or _CLOSING.fullmatch(token)) or token in _CHANNEL_TOKENS


def open_thoughts(prompt: str, text: str) -> str:
    """A generated text, with the opening tag in front of it if the prompt ends with one, as some templates write it."""
    last_line = prompt.rstrip().rpartition("\n")[2]
    opened = [match for match in _ANY_OPENING.finditer(last_line) if match.end() == len(last_line)]
    return f"{_ADDED_OPENING}\n{text}" if opened else text


def split_thoughts(text: str) -> tuple[str, str]:
    """Splits a reply into the answer and the thoughts, both stripped; each may be empty.

    A block of thoughts begins at the start of a line, outside of code. Its opening tag may be missing (it was in the
    prompt), or its closing one (the reply was cut). Tags inside a sentence or in code are a part of the answer.
    """
    if _FINAL_CHANNEL in text:
        thoughts, _, answer = text.rpartition(_FINAL_CHANNEL)
        return answer.replace("<|return|>", "").replace("<|end|>", "").strip(), thoughts.strip()
    if _OTHER_CHANNEL.match(text):
        return "", text.strip()
    answer, blocks = _cut_blocks(text)
    lone = [match for match in _LONE_CLOSING.finditer(answer) if not _is_in_code(answer, match.start())]
    if lone:
        blocks.append(answer[: lone[-1].start()])
        answer = answer[lone[-1].end() :]
    return answer.strip(), "\n\n".join(part for block in blocks if (part := block.strip()))


def _cut_blocks(text: str) -> tuple[str, list[str]]:
    """The text without its blocks of thoughts, and these."""
    kept, blocks, position = "", [], 0
    for opening in _OPENING.finditer(text):
        before = kept + text[position : opening.start()]
        if opening.start() < position or _is_in_code(before, len(before)):
            continue
        closing = _CLOSING.search(text, opening.end())
        blocks.append(text[opening.end() : closing.start() if closing else len(text)])
        kept, position = before, closing.end() if closing else len(text)
    return kept + text[position:], blocks


def _is_in_code(text: str, position: int) -> bool:
    """Whether a code fence is open at a position."""
    return len(_CODE_FENCE.findall(text, 0, position)) % 2 == 1
