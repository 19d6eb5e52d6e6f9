"""`hackmentor VERB [overrides]`: finds the verb and runs its module. Imports nothing heavy, so that help is instant."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

from hackmentor import __version__
from hackmentor.config.command import report_interrupt
from hackmentor.config.help import VERBS, format_overview, format_verb_help
from hackmentor.runtime.errors import EXIT_USAGE
from hackmentor.runtime.terminal import print_message


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb. Returns the exit code: 0 success, 1 a cell failed, 2 a usage error, 128 + n signal n."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    verb, rest = _split_verb(arguments or ["--help"])
    if verb in ("-h", "--help", "help"):
        print(format_overview())
        return 0
    if verb == "--version":
        print(f"hackmentor {__version__}")
        return 0
    if verb not in VERBS:
        close = get_close_matches(verb, VERBS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(VERBS)}"
        print_message(f"hackmentor: there is no command {verb!r}; {hint}")
        return EXIT_USAGE
    if "-h" in rest or "--help" in rest:
        print(format_verb_help(verb))
        return 0
    try:
        return int(import_module(f"hackmentor.{verb.replace(' ', '.')}.__main__").main(rest))
    except KeyboardInterrupt:  # while the verb's module is being imported
        return report_interrupt(verb)


def _split_verb(arguments: list[str]) -> tuple[str, list[str]]:
    """The verb, of one word or two (`data inspect`), and what follows it."""
    words = 2 if " ".join(arguments[:2]) in VERBS else 1
    return " ".join(arguments[:words]), arguments[words:]
