"""hackmentor chat: talk to a cell, an untuned base, or any adapter on its base."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from hackmentor.cell.find import named
from hackmentor.chat.piped_chat import answer, messages
from hackmentor.chat.resolve_model import Participant, another, participant
from hackmentor.config.command import run_command
from hackmentor.config.compose import Request
from hackmentor.model.base import base_folder
from hackmentor.runtime.heavy_imports import heavy_imports


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("chat", argv, chat)


def chat(request: Request) -> int:
    """Finds who is asked for and talks: in the browser, through a pipe, or in the terminal."""
    name, overrides = named(request.overrides, others="compare")
    words = replace(request, overrides=overrides)
    first = participant(words, name)
    config = first.config
    second = [another(words, first, config.compare)] if config.compare else []
    for one in (first, *second):
        base_folder(one.config)
    if config.ui == "web":
        return _web(first, second or [another(words, first, config.untuned)])
    if config.output == "json" or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _piped([first, *second])
    return _terminal(first, second, words)


def _piped(everyone: Sequence[Participant]) -> int:
    config = everyone[0].config
    asked = messages(sys.stdin.buffer, config.chat.lines)
    with heavy_imports():
        from hackmentor.chat.model_loader import Loader

    loader = Loader(config.chat, config.seed)
    return answer([loader.conversation(one) for one in everyone], asked, config.output, sys.stdout)


def _terminal(first: Participant, second: Sequence[Participant], words: Request) -> int:
    from rich.console import Console

    from hackmentor.chat.line_editor import reader

    settings, console = first.config.chat, Console(highlight=False, markup=False, emoji=False)
    read = reader(None if settings.history is None else Path(settings.history).expanduser())
    with console.status(f"Loading {first.name} ..."):
        with heavy_imports():
            from hackmentor.chat.model_loader import Loader
            from hackmentor.chat.terminal_chat import Session

        loader = Loader(settings, first.config.seed)
        begun = loader.conversation(first)
        beside = loader.conversation(second[0]) if second else None
    find = partial(another, words, first)
    Session(begun, beside, lambda name: loader.conversation(find(name)), read, console).run()
    return 0


def _web(first: Participant, second: Sequence[Participant]) -> int:
    config = first.config
    from hackmentor.chat.web.serve import LOOPBACK, refuse_busy_port, refuse_without_gradio, serve

    refuse_busy_port(config.web.host, config.web.port)
    refuse_without_gradio()
    with heavy_imports():
        from hackmentor.chat.model_loader import Loader
        from hackmentor.chat.web.blind_comparison import BATTLES, Duel, keep
        from hackmentor.chat.web.page import STYLE, Page

    loader = Loader(config.chat, config.seed)
    two = loader.conversation(first), loader.conversation(second[0])
    battles = Path(config.paths.outputs) / config.experiment / BATTLES
    page = Page(partial(Duel, two), partial(keep, battles), f"{first.name} and {second[0].name}, in drawn order")
    if config.web.host not in LOOPBACK:
        print(f"web.host={config.web.host}: whoever reaches this address can use the page", file=sys.stderr)
    print(f"http://{config.web.host}:{config.web.port} until Ctrl-C; votes are kept in {battles}", file=sys.stderr)
    serve(page.blocks, STYLE.read_text(encoding="utf-8"), config.web.host, config.web.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
