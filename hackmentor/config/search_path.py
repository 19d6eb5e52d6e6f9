"""The places where Hydra looks for configuration: conf/, experiments/, and a folder of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.config_store import ConfigStore
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult

from hackmentor.runtime.paths import CONF, EXPERIMENTS

GROUP = "experiment"


class ExperimentsSource(FileConfigSource):
    """Serves the folder experiments/ as the config group `experiment`.

    A Hydra group is a folder below a search root; experiments/ is a folder beside conf/, where people look for it.
    """

    @staticmethod
    def scheme() -> str:
        """The prefix that marks this source in a search path."""
        return "experiments"

    def load_config(self, config_path: str) -> ConfigResult:
        """Loads `experiment/NAME` from NAME.yaml."""
        return super().load_config(_below_group(config_path) or "")

    def is_group(self, config_path: str) -> bool:
        """Tells whether the path is the group `experiment` itself."""
        return config_path in ("", GROUP)

    def is_config(self, config_path: str) -> bool:
        """Tells whether the path is an experiment of ours."""
        inside = _below_group(config_path)
        return inside is not None and super().is_config(inside)

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Names the experiments below `experiment`, and the group itself at the root."""
        if config_path == "":
            return [] if results_filter == ObjectType.CONFIG else [GROUP]
        if config_path != GROUP or results_filter == ObjectType.GROUP:
            return []
        return sorted(file.stem for file in Path(self.path).glob("*.yaml"))


def _below_group(config_path: str) -> str | None:
    prefix, _, inside = config_path.partition("/")
    return inside if prefix == GROUP and inside else None


def _forget_others() -> None:
    """Removes options of other plugins that have the names of ours: Hydra would check ours against theirs."""
    hydra: Any = ConfigStore.instance().repo["hydra"]
    for file in CONF.glob("hydra/*/*.yaml"):
        hydra[file.parent.name].pop(file.name, None)


def search_path(user_folder: Path | None = None, *, grids: bool = True) -> ConfigSearchPathImpl:
    """Hydra's search path: the user's folder before ours, so that a file of the same name there wins.

    Without `grids`, `experiment` is a key like others and not the group of grids.
    """
    Plugins.instance()  # registers Hydra's own sources
    SourcesRegistry.instance().register(ExperimentsSource)
    _forget_others()
    path = ConfigSearchPathImpl()
    path.append("hydra", "pkg://hydra.conf")
    if user_folder is not None:
        path.append("user", f"file://{user_folder.resolve()}")
    path.append("hackmentor", f"file://{CONF}")
    if grids:
        path.append("experiments", f"experiments://{EXPERIMENTS}")
    path.append("schema", "structured://")
    return path
