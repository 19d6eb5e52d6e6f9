"""Everything that HackMentor takes from Hydra (1.3) beyond its public API, and why; no other module uses private names.

Public is what applications and plugins of Hydra are written against: `hydra.types`, `hydra.errors`, `hydra.plugins`,
`hydra.core`, and of `hydra.core.utils` what a launcher returns (`JobReturn`, `JobStatus`). Beyond it:

- `Hydra`, `create_hydra`: `hydra.main` and the compose API know one folder of configuration, which is that of the
  calling module; ours come from conf/, experiments/ and a folder of the user's.
- `QuietHydra`: Hydra's own `run` composes the job itself, when it may be composed and checked already, and prints a
  line before every error of the job, which can't be turned off.
- `ConfigSearchPath`, `FileConfigSource`, `register_config_source`: experiments/ lies beside conf/, and Hydra finds
  sources other than its own only as installed plugins.
- `is_config_group`, `apply_overrides`: composing a cell takes Hydra a tenth of a second; for a grid of hundreds the
  values of a cell are set in a copy of what was composed before (`hackmentor.config.cached_composer`).
- `split_sweep`: the jobs of a sweep have to be those of Hydra's own sweeper.
- `filter_hydra_overrides`, `get_job_error`: what launchers of Hydra use, undocumented.

tests/config/test_hydra_internals.py fails where Hydra no longer has one of them or its signature changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from hydra._internal.callbacks import Callbacks
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl as ConfigSearchPath
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.hydra import Hydra
from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.types import Override
from hydra.core.utils import JobReturn, JobStatus, filter_overrides, run_job
from hydra.plugins.config_source import ConfigSource
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

__all__ = [
    "ConfigSearchPath",
    "FileConfigSource",
    "Hydra",
    "QuietHydra",
    "apply_overrides",
    "create_hydra",
    "filter_hydra_overrides",
    "get_job_error",
    "is_config_group",
    "register_config_source",
    "split_sweep",
]


class QuietHydra(Hydra):
    """Hydra without the line «Error executing job with overrides: ...», which it prints before a job's own error."""

    def run_job(self, composed: DictConfig, task: TaskFunction) -> JobReturn:
        """As the second half of Hydra's `run` (1.3), for a job that is composed already. Raises what the job raised."""
        callbacks = Callbacks(composed)
        callbacks.on_run_start(config=composed, config_name=composed.hydra.job.config_name)
        job = run_job(
            hydra_context=HydraContext(config_loader=self.config_loader, callbacks=callbacks),
            task_function=task,
            config=composed,
            job_dir_key="hydra.run.dir",
            job_subdir_key=None,
            configure_logging=True,
        )
        callbacks.on_run_end(config=composed, config_name=composed.hydra.job.config_name, job_return=job)
        if (error := get_job_error(job)) is not None:
            raise error
        return job


def create_hydra(task_name: str, search_path: ConfigSearchPath) -> QuietHydra:
    """A Hydra that looks for configuration along a search path; `GlobalHydra` holds it until it is cleared."""
    hydra = QuietHydra.create_main_hydra2(task_name, search_path)
    assert isinstance(hydra, QuietHydra)
    return hydra


def register_config_source(source: type[ConfigSource]) -> None:
    """Makes Hydra use a class for the entries of search paths that begin with its scheme."""
    SourcesRegistry.instance().register(source)


def is_config_group(loader: ConfigLoader, key: str) -> bool:
    """Whether a key names a group of options, such as `base`, rather than a value."""
    assert isinstance(loader, ConfigLoaderImpl)
    return loader.repository.group_exists(key)


def apply_overrides(overrides: Sequence[Override], composed: DictConfig) -> None:
    """Sets values in a composed configuration, in place. Raises Hydra's errors for keys that are not there."""
    ConfigLoaderImpl._apply_overrides_to_config(list(overrides), composed)


def split_sweep(overrides: Sequence[Override]) -> list[list[str]]:
    """The overrides of each job of a sweep, in the order of Hydra's own sweeper."""
    return BasicSweeper.split_arguments(list(overrides), None)[0]


def filter_hydra_overrides(overrides: Sequence[str]) -> list[str]:
    """The overrides without those of Hydra's own keys (`hydra.…`); choices of its groups (`hydra/…`) stay."""
    return list(filter_overrides(overrides))


def get_job_error(job: JobReturn) -> Exception | None:
    """What a job raised, or None if it succeeded; its public `return_value` would print a line and raise it."""
    if job.status == JobStatus.COMPLETED:
        return None
    error: Exception = job._return_value
    return error
