"""The page: two columns, a line to write in, a vote. Whatever was written or answered is text on it, never markup."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from hackmentor.chat.web.blind_comparison import Duel
from hackmentor.evaluate.judge.pair import Winner
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import inert

STYLE = Path(__file__).with_name("page.css")
BLIND = ("A", "B")
HINT = "Who is A and who is B is drawn for each conversation, and shown once you have voted."
VOTES: dict[str, Winner] = {"A is better": "model_a", "Tie": "tie", "B is better": "model_b"}

Shown = dict[Any, Any]


class Page:
    """The components and what they do.

    Args:
        begin: a new duel.
        keep: gets each battle.
        title: what stands above.
    """

    def __init__(self, begin: Callable[[], Duel], keep: Callable[[dict[str, Any]], None], title: str) -> None:
        self._begin, self._keep = begin, keep
        with gr.Blocks(title="HackMentor chat", analytics_enabled=False) as self.blocks:
            gr.HTML(f"<h1>{_text(title)}</h1>")
            self._duel = gr.State(None)
            with gr.Row():
                self._columns = [gr.HTML(_column(name, []), elem_classes="column", min_width=300) for name in BLIND]
            self._note = gr.HTML(_note(HINT))
            with gr.Row():
                self._votes = [gr.Button(label, interactive=False, min_width=90) for label in VOTES]
            self._text = gr.Textbox(label="Your message", lines=2, max_lines=12, autofocus=True)
            with gr.Row():
                self._send = gr.Button("Send", variant="primary", min_width=90)
                self._stop = gr.Button("Stop", interactive=False, min_width=90)
                self._new = gr.Button("Start anew", min_width=90)
            self._wire()

    def _wire(self) -> None:
        everything = [self._duel, *self._columns, self._note, *self._votes, self._text, self._send, self._stop]
        named: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        self.blocks.load(self._renew, None, everything, **named)
        self._new.click(self._renew, self._duel, everything, **named)
        for asked in (self._send.click, self._text.submit):
            asked(self._ask, [self._duel, self._text], everything, **named)
        self._stop.click(lambda duel: duel.stopped.set(), self._duel, None, queue=False, **named)
        for button, win in zip(self._votes, VOTES.values(), strict=True):
            button.click(self._voting(win), self._duel, everything, **named)

    def _renew(self, old: Duel | None = None) -> Shown:
        if old is not None:
            old.stopped.set()
        duel = self._begin()
        return {self._duel: duel, self._text: "", **self._state(duel, HINT)}

    def _ask(self, duel: Duel, text: str) -> Iterator[Shown]:
        if not text.strip() or duel.voted:
            yield {self._note: _note("This conversation is voted on." if duel.voted else HINT)}
            return
        said = ["", ""]
        yield {self._text: "", **self._state(duel, "They answer one after the other.", asked=text, busy=True)}
        try:
            for side, piece in duel.ask(text):
                said[side] += piece
                yield {self._columns[side]: self._filled(duel, side, text, said[side])}
            yield self._state(duel, HINT)
        except UserError as error:
            yield {self._text: text, **self._state(duel, str(error))}

    def _voting(self, win: Winner) -> Callable[[Duel], Shown]:
        def vote(duel: Duel) -> Shown:
            if not duel.begun or duel.voted:
                return {self._note: _note("There is nothing to vote on." if not duel.begun else "Voted already.")}
            self._keep(duel.battle(win))
            duel.voted = True
            left, right = duel.names
            return self._state(duel, f"A was {left}, B was {right}. Your vote is kept.")

        return vote

    def _state(self, duel: Duel, note: str, asked: str = "", busy: bool = False) -> Shown:
        votable = duel.begun and not duel.voted and not busy
        return {
            **{column: self._filled(duel, side, asked, "") for side, column in enumerate(self._columns)},
            **{button: gr.update(interactive=votable) for button in self._votes},
            self._note: _note(note),
            self._send: gr.update(interactive=not busy and not duel.voted),
            self._stop: gr.update(interactive=busy),
        }

    def _filled(self, duel: Duel, side: int, asked: str, said: str) -> str:
        name = duel.names[side] if duel.voted else BLIND[side]
        messages = [(message["role"], message["content"]) for message in duel.sides[side].messages]
        if asked and (not messages or messages[-1] != ("assistant", said.strip())):
            messages += [("user", asked), ("assistant", said or "…")]
        return _column(name, messages)


def _column(name: str, messages: Sequence[tuple[str, str]]) -> str:
    turns = "".join(f'<p class="{role}" dir="auto">{_text(text)}</p>' for role, text in messages)
    return f'<section aria-label="{_text(name)}" aria-live="polite"><h2>{_text(name)}</h2>{turns}</section>'


def _note(text: str) -> str:
    return f'<p class="note" role="status">{_text(text)}</p>'


def _text(text: str) -> str:
    # Gradio reads what it is given as a template of two kinds as well: ${...} and {{...}}.
    return escape(inert(text)).replace("$", "&#36;").replace("{", "&#123;")
