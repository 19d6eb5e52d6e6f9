"""hackmentor sync: sends what was tracked offline to the W&B server, and reports what arrived."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hackmentor.cell.find import split_name_and_overrides
from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest, compose_settings, hydra_initialized
from hackmentor.config.schema import SyncConfig
from hackmentor.runtime.errors import EXIT_FAILED, UserError
from hackmentor.sync.result_tables import SyncOutcome, print_outcomes, print_pending_runs
from hackmentor.sync.run_store import StoredRun, read_store
from hackmentor.sync.upload import find_missing_on_server, update_sync_marker, upload_run
from hackmentor.sync.upload_order import sort_by_lineage
from hackmentor.sync.verify_files import check_files
from hackmentor.track.wandb_server import diagnose_connection, get_api_key, get_server_url


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry point: `hackmentor sync NAME` is `hackmentor sync experiment=NAME`."""
    return run_command("sync", argv, sync)


def sync(request: CommandRequest) -> int:
    """Checks every file first, then sends run by run; a run counts as sent once the server itself shows all of it."""
    name, overrides = split_name_and_overrides(request.overrides)
    if name is not None:
        request = replace(request, overrides=(*overrides, f"experiment={name}"))
    with hydra_initialized(request) as hydra:
        settings = compose_settings(hydra, request, SyncConfig)
    api_key = "" if settings.dry_run else _get_working_api_key()
    stored = read_store(Path(settings.store))
    runs = sort_by_lineage([run for run in stored if settings.experiment in (None, run.group)])
    check_files(runs)
    if settings.dry_run:
        print_pending_runs(runs)
        return 0
    outcomes = _upload_runs(runs, api_key)
    print_outcomes(outcomes, get_server_url())
    return EXIT_FAILED if any(outcome.missing for outcome in outcomes) else 0


def _get_working_api_key() -> str:
    api_key = get_api_key("hackmentor sync")
    if reason := diagnose_connection(api_key):
        raise UserError(f"{get_server_url()} can't be reached: {reason}; nothing was sent")
    return api_key


def _upload_runs(runs: Sequence[StoredRun], api_key: str) -> list[SyncOutcome]:
    outcomes, rows = [], Counter[str]()
    for run in runs:
        rows[run.id] += run.rows
        # A run that was tracked online has arrived already, unless the server became unreachable during the run.
        missing = find_missing_on_server(run, rows[run.id], api_key) if run.is_online else ["all"]
        client_message = ""
        if missing:
            client_message = upload_run(run, api_key)
            missing = find_missing_on_server(run, rows[run.id], api_key)
        update_sync_marker(run, has_arrived=not missing)
        outcomes.append(SyncOutcome(run, missing, client_message))
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
