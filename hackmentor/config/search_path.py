"""Hydra's search path for configuration: conf/, experiments/, and a folder of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult

from hackmentor.config.hydra_internals import ConfigSearchPath, FileConfigSource, register_config_source
from hackmentor.runtime.paths import CONF_FOLDER, EXPERIMENTS_FOLDER

EXPERIMENT_GROUP = "experiment"


class ExperimentsSource(FileConfigSource):
    """Serves the folder experiments/ as the config group `experiment`.

    A Hydra group is a folder below an entry of the search path; experiments/ lies beside conf/, where people look.
    """

    @staticmethod
    def scheme() -> str:
        """The prefix that marks this source in a search path."""
        return "experiments"

    def load_config(self, config_path: str) -> ConfigResult:
        """Loads `experiment/NAME` from NAME.yaml."""
        return super().load_config(_get_experiment_path(config_path) or "")

    def is_group(self, config_path: str) -> bool:
        """Whether the path is the group `experiment` itself."""
        return config_path in ("", EXPERIMENT_GROUP)

    def is_config(self, config_path: str) -> bool:
        """Whether the path is an experiment of ours."""
        path = _get_experiment_path(config_path)
        return path is not None and super().is_config(path)

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Lists the experiments in `experiment`, and the group itself at the root."""
        if config_path == "":
            return [] if results_filter == ObjectType.CONFIG else [EXPERIMENT_GROUP]
        if config_path != EXPERIMENT_GROUP or results_filter == ObjectType.GROUP:
            return []
        return sorted(file.stem for file in Path(self.path).glob("*.yaml"))


def _get_experiment_path(config_path: str) -> str | None:
    group, _, path = config_path.partition("/")
    return path if group == EXPERIMENT_GROUP and path else None


def _remove_foreign_options() -> None:
    """Removes options of other plugins with the same names as ours: Hydra would validate ours by their schemas."""
    groups: Any = ConfigStore.instance().repo["hydra"]
    for file in CONF_FOLDER.glob("hydra/*/*.yaml"):
        groups[file.parent.name].pop(file.name, None)


def build_search_path(user_folder: Path | None = None, *, with_experiments: bool = True) -> ConfigSearchPath:
    """Builds Hydra's search path.

    Args:
        user_folder: comes before ours, so that a file of the same name there wins.
        with_experiments: whether `experiment` is the group of files in experiments/, or a key like any other.
    """
    Plugins.instance()  # registers Hydra's own sources
    register_config_source(ExperimentsSource)
    _remove_foreign_options()
    path = ConfigSearchPath()
    path.append("hydra", "pkg://hydra.conf")
    if user_folder is not None:
        path.append("user", f"file://{user_folder.resolve()}")
    path.append("hackmentor", f"file://{CONF_FOLDER}")
    if with_experiments:
        path.append("experiments", f"experiments://{EXPERIMENTS_FOLDER}")
    path.append("schema", "structured://")
    return path
