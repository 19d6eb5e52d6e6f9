"""The sweep over a grid: Hydra's own expansion, and a table of every cell at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobReturn, JobStatus

from hackmentor.cell import cell_folder
from hackmentor.config.compose import checked
from hackmentor.grid.report import CellResult, GridFailedError, show


class GridSweeper(BasicSweeper):
    """Runs every cell of a grid, also when some fail.

    Hydra's basic sweeper stops at the first failure when it collects the results, and shows that one alone.
    """

    def __init__(self, params: dict[str, str] | None = None) -> None:
        super().__init__(max_batch_size=None, params=params)

    def sweep(self, arguments: list[str]) -> Sequence[JobReturn]:
        """Launches all cells and reports on all of them.

        Raises:
            GridFailedError: after the report, if a cell failed.
        """
        assert self.hydra_context is not None
        assert self.launcher is not None
        parser = OverridesParser.create(config_loader=self.hydra_context.config_loader)
        jobs = self.split_arguments(parser.parse_overrides([*self._parse_config(), *arguments]), None)[0]
        returns = self.launcher.launch(jobs, initial_job_idx=0)
        results = [_result(job) for job in returns]
        show(results)
        if any(result.failure for result in results):
            raise GridFailedError
        return returns


def _result(job: JobReturn) -> CellResult:
    assert job.cfg is not None
    config = checked(job.cfg)
    failure: Any = None if job.status == JobStatus.COMPLETED else job._return_value
    loss = None if failure else job._return_value
    return CellResult(config.name, cell_folder(config).path, loss, failure and str(failure))
