"""Hydra's search path for configuration: conf/, experiments/, and a folder of the user's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult, ConfigSource
from omegaconf import OmegaConf

from hackmentor.config.config_files import (
    EXPERIMENT_GROUP,
    CheckedFileSource,
    UserFolderSource,
    check_experiment_package,
)
from hackmentor.config.hydra_internals import ConfigSearchPath, register_config_source
from hackmentor.runtime.paths import CONF_FOLDER, EXPERIMENTS_FOLDER

# `experiment_name=NAME` names the folder in outputs/ of any grid; `experiment=NAME` chooses a file.
EXPERIMENT_NAME_GROUP = "experiment_name"
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ExperimentsSource(CheckedFileSource):
    """Serves the folder experiments/ as the config group `experiment`.

    A Hydra group is a folder below an entry of the search path; experiments/ lies beside conf/, where people look.
    """

    @staticmethod
    def scheme() -> str:
        """The prefix that marks this source in a search path."""
        return "experiments"

    def load_config(self, config_path: str) -> ConfigResult:
        """Loads `experiment/NAME` from NAME.yaml."""
        path = _get_experiment_path(config_path) or ""
        result = super().load_config(path)
        check_experiment_package(Path(self.path, f"{path}.yaml"), result)
        return result

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


class ExperimentNamesSource(ConfigSource):
    """Serves the group `experiment_name`, whose options are all names: it names the folder of a grid in outputs/.

    Its place after `experiment` in the defaults list lets it count more than the name in an experiment's file.
    """

    @staticmethod
    def scheme() -> str:
        """The prefix that marks this source in a search path."""
        return "experiment-names"

    def available(self) -> bool:
        """Always."""
        return True

    def load_config(self, config_path: str) -> ConfigResult:
        """The one key that a name sets."""
        named = OmegaConf.create({EXPERIMENT_GROUP: config_path.partition("/")[2]})
        return ConfigResult(self.provider, f"{self.scheme()}://{self.path}", named, {"package": "_global_"})

    def is_group(self, config_path: str) -> bool:
        """Whether the path is the group itself."""
        return config_path in ("", EXPERIMENT_NAME_GROUP)

    def is_config(self, config_path: str) -> bool:
        """Whether the path is the group and a name."""
        group, _, name = config_path.partition("/")
        return group == EXPERIMENT_NAME_GROUP and NAME_PATTERN.fullmatch(name) is not None

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """The group at the root; its names can't be listed."""
        return [EXPERIMENT_NAME_GROUP] if config_path == "" and results_filter != ObjectType.CONFIG else []


def list_experiment_files(user_folder: Path | None) -> list[Path]:
    """The files of experiments, the user's first; those with the ending .yml too, which are refused."""
    folders = [*([user_folder / EXPERIMENT_GROUP] if user_folder else []), EXPERIMENTS_FOLDER]
    return [file for folder in folders for file in sorted(folder.glob("*.y*ml"))]


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
    for source in (CheckedFileSource, UserFolderSource, ExperimentsSource, ExperimentNamesSource):
        register_config_source(source)
    _remove_foreign_options()
    path = ConfigSearchPath()
    path.append("hydra", "pkg://hydra.conf")
    if user_folder is not None:
        path.append("user", f"user-folder://{user_folder.resolve()}")
    path.append("hackmentor", f"checked://{CONF_FOLDER}")
    if with_experiments:
        path.append("experiments", f"experiments://{EXPERIMENTS_FOLDER}")
        path.append("names", "experiment-names://")
    path.append("schema", "structured://")
    return path
