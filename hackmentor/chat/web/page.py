"""The chat page: two columns, an input box, a vote. Input and answers are shown as text, never as markup."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from hackmentor.chat.web.blind_comparison import BlindComparison
from hackmentor.evaluate.judge.pair import Winner
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import escape_control_characters

STYLE_FILE = Path(__file__).with_name("page.css")
HIDDEN_NAMES = ("A", "B")
HINT = "Who is A and who is B is drawn for each conversation, and shown once you have voted."
VOTES: dict[str, Winner] = {"A is better": "model_a", "Tie": "tie", "B is better": "model_b"}

Updates = dict[Any, Any]
"""New values by Gradio component."""


class Page:
    """The Gradio components and their event handlers.

    Args:
        start_comparison: starts a new comparison.
        save_battle: receives each battle.
        title: heading of the page.
    """

    def __init__(
        self, start_comparison: Callable[[], BlindComparison], save_battle: Callable[[dict[str, Any]], None], title: str
    ) -> None:
        self._start_comparison, self._save_battle = start_comparison, save_battle
        with gr.Blocks(title="HackMentor chat", analytics_enabled=False) as self.blocks:
            gr.HTML(f"<h1>{_escape(title)}</h1>")
            self._comparison = gr.State(None)
            with gr.Row():
                self._columns = [
                    gr.HTML(_render_column(name, []), elem_classes="column", min_width=300) for name in HIDDEN_NAMES
                ]
            self._note = gr.HTML(_render_note(HINT))
            with gr.Row():
                self._votes = [gr.Button(label, interactive=False, min_width=90) for label in VOTES]
            self._text = gr.Textbox(label="Your message", lines=2, max_lines=12, autofocus=True)
            with gr.Row():
                self._send = gr.Button("Send", variant="primary", min_width=90)
                self._stop = gr.Button("Stop", interactive=False, min_width=90)
                self._new = gr.Button("Start anew", min_width=90)
            self._connect_events()

    def _connect_events(self) -> None:
        components = [self._comparison, *self._columns, self._note, *self._votes, self._text, self._send, self._stop]
        options: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        self.blocks.load(self._start_over, None, components, **options)
        self._new.click(self._start_over, self._comparison, components, **options)
        for on_event in (self._send.click, self._text.submit):
            on_event(self._send_message, [self._comparison, self._text], components, **options)
        self._stop.click(
            lambda comparison: comparison.stop_requested.set(), self._comparison, None, queue=False, **options
        )
        for button, win in zip(self._votes, VOTES.values(), strict=True):
            button.click(self._build_vote_handler(win), self._comparison, components, **options)

    def _start_over(self, previous: BlindComparison | None = None) -> Updates:
        if previous is not None:
            previous.stop_requested.set()
        comparison = self._start_comparison()
        return {self._comparison: comparison, self._text: "", **self._build_updates(comparison, HINT)}

    def _send_message(self, comparison: BlindComparison, text: str) -> Iterator[Updates]:
        if not text.strip() or comparison.voted:
            yield {self._note: _render_note("This conversation is voted on." if comparison.voted else HINT)}
            return
        answers = ["", ""]
        yield {
            self._text: "",
            **self._build_updates(comparison, "They answer one after the other.", pending=text, busy=True),
        }
        try:
            for side, chunk in comparison.send(text):
                answers[side] += chunk
                yield {self._columns[side]: self._render_side(comparison, side, text, answers[side])}
            yield self._build_updates(comparison, HINT)
        except UserError as error:
            yield {self._text: text, **self._build_updates(comparison, str(error))}

    def _build_vote_handler(self, win: Winner) -> Callable[[BlindComparison], Updates]:
        def vote(comparison: BlindComparison) -> Updates:
            if not comparison.has_replies or comparison.voted:
                return {
                    self._note: _render_note(
                        "There is nothing to vote on." if not comparison.has_replies else "Voted already."
                    )
                }
            self._save_battle(comparison.to_battle(win))
            comparison.voted = True
            left, right = comparison.names
            return self._build_updates(comparison, f"A was {left}, B was {right}. Your vote is kept.")

        return vote

    def _build_updates(self, comparison: BlindComparison, note: str, pending: str = "", busy: bool = False) -> Updates:
        votable = comparison.has_replies and not comparison.voted and not busy
        return {
            **{column: self._render_side(comparison, side, pending, "") for side, column in enumerate(self._columns)},
            **{button: gr.update(interactive=votable) for button in self._votes},
            self._note: _render_note(note),
            self._send: gr.update(interactive=not busy and not comparison.voted),
            self._stop: gr.update(interactive=busy),
        }

    def _render_side(self, comparison: BlindComparison, side: int, pending: str, answer: str) -> str:
        name = comparison.names[side] if comparison.voted else HIDDEN_NAMES[side]
        messages = [(message["role"], message["content"]) for message in comparison.sides[side].messages]
        if pending and (not messages or messages[-1] != ("assistant", answer.strip())):
            messages += [("user", pending), ("assistant", answer or "…")]
        return _render_column(name, messages)


def _render_column(name: str, messages: Sequence[tuple[str, str]]) -> str:
    turns = "".join(f'<p class="{role}" dir="auto">{_escape(text)}</p>' for role, text in messages)
    return f'<section aria-label="{_escape(name)}" aria-live="polite"><h2>{_escape(name)}</h2>{turns}</section>'


def _render_note(text: str) -> str:
    return f'<p class="note" role="status">{_escape(text)}</p>'


def _escape(text: str) -> str:
    # Gradio also expands two kinds of templates in HTML: ${...} and {{...}}.
    return escape(escape_control_characters(text)).replace("$", "&#36;").replace("{", "&#123;")
