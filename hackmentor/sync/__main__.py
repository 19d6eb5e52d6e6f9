"""hackmentor sync: send what was tracked offline to the W&B server, and say what arrived."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hackmentor.cell.find import named
from hackmentor.config.command import run_command
from hackmentor.config.compose import Request, compose_one, opened
from hackmentor.config.schema import Sync
from hackmentor.runtime.errors import EXIT_FAILED, UserError
from hackmentor.sync.result_tables import Outcome, show, show_plan
from hackmentor.sync.run_store import StoredRun, read_store
from hackmentor.sync.upload import missing_there, send, settle
from hackmentor.sync.upload_order import in_order
from hackmentor.sync.verify_files import refuse_missing
from hackmentor.track.wandb_server import require_key, server, unreachable


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry: `hackmentor sync NAME` is `hackmentor sync experiment=NAME`."""
    return run_command("sync", argv, sync)


def sync(request: Request) -> int:
    """Checks every file first, then sends run by run, and believes the server alone that a run is there."""
    name, overrides = named(request.overrides)
    if name is not None:
        request = replace(request, overrides=(*overrides, f"experiment={name}"))
    with opened(request) as hydra:
        settings = compose_one(hydra, request, Sync)
    key = "" if settings.dry_run else _key()
    runs = in_order([one for one in read_store(Path(settings.store)) if settings.experiment in (None, one.group)])
    refuse_missing(runs)
    if settings.dry_run:
        show_plan(runs)
        return 0
    outcomes = [*_sent(runs, key)]
    show(outcomes, server())
    return EXIT_FAILED if any(outcome.missing for outcome in outcomes) else 0


def _key() -> str:
    key = require_key("hackmentor sync")
    if why := unreachable(key):
        raise UserError(f"{server()} can't be reached: {why}; nothing was sent")
    return key


def _sent(runs: Sequence[StoredRun], key: str) -> list[Outcome]:
    outcomes, rows = [], Counter[str]()
    for one in runs:
        rows[one.id] += one.rows
        # A run that was tracked online is there already, unless the server went away in its middle.
        missing, said = (missing_there(one, rows[one.id], key), "") if one.online else (["all"], "")
        if missing:
            said = send(one, key)
            missing = missing_there(one, rows[one.id], key)
        settle(one, arrived=not missing)
        outcomes.append(Outcome(one, missing, said))
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
