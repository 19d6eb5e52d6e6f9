"""hackmentor data teach: let a teacher model write records."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import Config
from hackmentor.data.teach.build_job import build_job
from hackmentor.data.teach.dry_run import estimate_job
from hackmentor.data.teach.job_tables import print_dry_run, print_job_report
from hackmentor.data.teach.run_job import REPLIES_FILE, run_job
from hackmentor.endpoint.settings import Endpoint
from hackmentor.runtime.errors import EXIT_FAILED, StoppedError, UserError


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("data teach", argv, teach)


def teach(request: CommandRequest) -> int:
    """Runs the job of each cell of the request; what is answered already is not asked again."""
    with hydra_initialized(request) as hydra:
        grid = compose_grid(hydra, request)
    for cell in grid.cells:
        _run_teaching_job(cell.config)
    return 0


def _run_teaching_job(config: Config) -> None:
    if config.teacher is None or config.job is None:
        raise UserError("no teacher or no job: choose them with teacher=NAME and job=NAME")
    settings = config.teacher.model_dump(exclude={"name", "temperature", "licence"})
    endpoint = Endpoint(**settings, key="teacher", max_tokens_key="job.max_tokens")
    folder = Path(config.paths.data) / "taught" / config.job.name
    job = build_job(config.job, config.teacher, config.sampling_seed)
    if config.job.dry_run:
        print_dry_run(estimate_job(job, endpoint))
        return
    endpoint.get_api_key()
    report = run_job(job, endpoint, folder, retry=config.job.retry == "failed")
    print_job_report(report, folder, job.result_file)
    if not report.results:
        raise StoppedError(
            f"{report.model} wrote nothing that can be used; its replies are in {folder / REPLIES_FILE}. "
            "job.retry=failed asks again",
            EXIT_FAILED,
        )


if __name__ == "__main__":
    sys.exit(main())
