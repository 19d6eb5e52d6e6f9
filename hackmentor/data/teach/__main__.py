"""hackmentor data teach: let a teacher model write records."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from hackmentor.config.command import run_command
from hackmentor.config.compose import Request, compose_grid, opened
from hackmentor.config.schema import Config
from hackmentor.data.teach.build_job import choose_job
from hackmentor.data.teach.dry_run import rehearse
from hackmentor.data.teach.job_tables import show_account, show_rehearsal
from hackmentor.data.teach.run_job import run_job
from hackmentor.endpoint.settings import Endpoint
from hackmentor.runtime.errors import UserError


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("data teach", argv, teach)


def teach(request: Request) -> int:
    """Runs the job of each cell of the request; what is answered already is not asked again."""
    with opened(request) as hydra:
        grid = compose_grid(hydra, request)
    for cell in grid.cells:
        _teach(cell.config)
    return 0


def _teach(config: Config) -> None:
    if config.teacher is None or config.job is None:
        raise UserError("no teacher or no job: choose them with teacher=NAME and job=NAME")
    settings = config.teacher.model_dump(exclude={"name", "temperature", "licence"})
    endpoint, folder = Endpoint(**settings), Path(config.paths.data) / "taught" / config.job.name
    job = choose_job(config.job, config.teacher, config.seed)
    if config.job.dry_run:
        show_rehearsal(rehearse(job, endpoint))
        return
    endpoint.key()
    account = run_job(job, endpoint, folder, retry=config.job.retry == "failed")
    show_account(account, folder, job.file)


if __name__ == "__main__":
    sys.exit(main())
