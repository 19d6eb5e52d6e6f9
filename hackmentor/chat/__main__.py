"""hackmentor chat: chat with a cell, an untuned base, or any adapter on its base."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from hackmentor.cell.find import split_name_and_overrides
from hackmentor.chat.piped_chat import answer_messages, read_messages
from hackmentor.chat.resolve_model import ResolvedModel, resolve_comparison_model, resolve_model
from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest
from hackmentor.model.base import find_base_folder
from hackmentor.runtime.heavy_imports import gc_paused_for_imports


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return run_command("chat", argv, chat)


def chat(request: CommandRequest) -> int:
    """Resolves the models and chats with them in the browser, through a pipe, or in the terminal."""
    name, overrides = split_name_and_overrides(request.overrides, second_name_key="compare")
    request = replace(request, overrides=overrides)
    first = resolve_model(request, name)
    config = first.config
    second = [resolve_comparison_model(request, first, config.compare)] if config.compare else []
    for model in (first, *second):
        find_base_folder(model.config)
    if config.ui == "web":
        return _run_web(first, second or [resolve_comparison_model(request, first, config.untuned)])
    if config.output == "json" or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _run_piped([first, *second])
    return _run_terminal(first, second, request)


def _run_piped(models: Sequence[ResolvedModel]) -> int:
    config = models[0].config
    messages = read_messages(sys.stdin.buffer, config.chat.lines)
    with gc_paused_for_imports():
        from hackmentor.chat.model_loader import ModelLoader

    loader = ModelLoader(config.chat, config.seed)
    return answer_messages([loader.start_conversation(model) for model in models], messages, config.output, sys.stdout)


def _run_terminal(first: ResolvedModel, second: Sequence[ResolvedModel], request: CommandRequest) -> int:
    from rich.console import Console

    from hackmentor.chat.line_editor import build_line_reader

    settings, console = first.config.chat, Console(highlight=False, markup=False, emoji=False)
    read_line = build_line_reader(None if settings.history is None else Path(settings.history).expanduser())
    with console.status(f"Loading {first.name} ..."):
        with gc_paused_for_imports():
            from hackmentor.chat.model_loader import ModelLoader
            from hackmentor.chat.terminal_chat import TerminalChat

        loader = ModelLoader(settings, first.config.seed)
        first_conversation = loader.start_conversation(first)
        second_conversation = loader.start_conversation(second[0]) if second else None
    resolve = partial(resolve_comparison_model, request, first)
    TerminalChat(
        first_conversation,
        second_conversation,
        lambda name: loader.start_conversation(resolve(name)),
        read_line,
        console,
    ).run()
    return 0


def _run_web(first: ResolvedModel, second: Sequence[ResolvedModel]) -> int:
    config = first.config
    from hackmentor.chat.web.serve import LOOPBACK, check_port_free, check_server_installed, serve

    check_port_free(config.web.host, config.web.port)
    check_server_installed()
    with gc_paused_for_imports():
        from hackmentor.chat.model_loader import ModelLoader
        from hackmentor.chat.web.application import build_application
        from hackmentor.chat.web.blind_comparison import BATTLES_FILE, BlindComparison, append_battle
        from hackmentor.chat.web.conversation_store import ConversationStore

    loader = ModelLoader(config.chat, config.seed)
    conversations = loader.start_conversation(first), loader.start_conversation(second[0])
    battles = Path(config.paths.outputs) / config.experiment / BATTLES_FILE
    store = ConversationStore(partial(BlindComparison, conversations))
    title = f"{first.name} and {second[0].name}, in random order"
    app = build_application(store, partial(append_battle, battles), title, config.web.host)
    if config.web.host not in LOOPBACK:
        print(f"web.host={config.web.host}: anyone who can reach this address can use the page", file=sys.stderr)
    print(f"http://{config.web.host}:{config.web.port} until Ctrl-C; votes are saved to {battles}", file=sys.stderr)
    serve(app, store, config.web.host, config.web.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
