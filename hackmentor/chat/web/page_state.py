"""What the page shows of a comparison, as JSON."""

from __future__ import annotations

from typing import Any

from hackmentor.chat.web.blind_comparison import BlindComparison, Exchange, SideReply
from hackmentor.chat.web.render_markdown import render_markdown
from hackmentor.runtime.terminal import escape_control_characters

HIDDEN_NAMES = ("A", "B")
_ENDINGS = {"end": "", "length": "Cut at the limit of its length.", "stopped": "Stopped."}


def build_state(comparison: BlindComparison) -> dict[str, Any]:
    """Builds the state; the names of the models are in it only after the vote."""
    voted = comparison.vote is not None
    return {
        "answering": comparison.is_answering,
        "vote": comparison.vote,
        "names": [escape_control_characters(name) for name in comparison.names] if voted else list(HIDDEN_NAMES),
        "exchanges": [_build_exchange(exchange) for exchange in comparison.exchanges],
    }


def render_answer(text: str) -> dict[str, str]:
    """An answer, or what there is of it, as text to copy and as HTML to show."""
    return {"text": escape_control_characters(text), "html": render_markdown(text)}


def _build_exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "message": escape_control_characters(exchange.message),
        "answers": [{**render_answer(answer.reply.text), "note": _format_note(answer)} for answer in exchange.replies],
    }


def _format_note(answer: SideReply) -> str:
    ending = _ENDINGS[answer.reply.stop]
    empty = "" if answer.reply.text else "It said nothing."
    return " ".join(note for note in (empty, ending, answer.note) if note)
