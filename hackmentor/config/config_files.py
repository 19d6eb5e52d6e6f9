"""Files of configuration, checked as they are read: a user's own may hold any mistake that YAML allows."""

from __future__ import annotations

import codecs
import pickle
from pathlib import Path

import yaml
from hydra.errors import HydraException
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from hackmentor.config.hydra_internals import FileConfigSource
from hackmentor.runtime.bounded_yaml import check_bounds
from hackmentor.runtime.errors import UserError

EXPERIMENT_GROUP = "experiment"

_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_YAML_HINTS = {
    "cannot start any token": "indent with spaces, and quote what begins with a special character",
    "mapping values are not allowed": "quote a text that holds a colon and a space",
    "found duplicate key": "keep one of them",
    "expected ',' or ']'": "close the bracket that begins there",
    "expected ',' or '}'": "close the brace that begins there",
}

# What was read, pickled, by where it stands and its content: each cell of a grid is composed of the same files.
_READ_FILES: dict[tuple[str, str, str, str, bytes], bytes] = {}


class CheckedFileSource(FileConfigSource):
    """Hydra's source for a folder of YAML files, which says in words what is wrong with one of them."""

    @staticmethod
    def scheme() -> str:
        """The prefix that marks this source in a search path."""
        return "checked"

    def load_config(self, config_path: str) -> ConfigResult:
        """Loads GROUP/NAME from GROUP/NAME.yaml.

        Raises:
            UserError: naming the file, and the line where there is one, if it is not UTF-8, not YAML, not a mapping,
                empty, or an experiment without a package.
        """
        file = Path(self.path, self._normalize_file_name(config_path))
        content = file.read_bytes() if file.is_file() else b""
        key = (self.scheme(), self.provider, self.path, config_path, content)
        if key not in _READ_FILES:
            _check_encoding(file, content)
            _check_size(file, content)
            # A copy for each caller, who changes it; unpickling one takes a twentieth of the time of reading YAML.
            _READ_FILES[key] = pickle.dumps(self._read_config(file, config_path))
        result: ConfigResult = pickle.loads(_READ_FILES[key])  # noqa: S301 - pickled above
        return result

    def _read_config(self, file: Path, config_path: str) -> ConfigResult:
        try:
            result = super().load_config(config_path)
        except yaml.YAMLError as error:
            raise UserError(_explain_yaml_error(file, error)) from error
        except OSError as error:
            if file.is_file() and error.errno is None:  # OmegaConf's error for a file of one word
                raise UserError(f"{file}: holds no key: value pairs") from error
            raise
        except (UserError, HydraException, OmegaConfBaseException):
            raise  # `explain_composition_error` names the key
        except Exception as error:  # Hydra raises what it meets in the first lines
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise UserError(f"{file}: can't be read: {reason}") from error
        if not isinstance(result.config, DictConfig):
            raise UserError(f"{file}: holds a list; write key: value pairs")
        if not OmegaConf.is_list(result.config.get("defaults", ListConfig([]))):
            raise UserError(f"{file}: defaults is no list; write `- GROUP: OPTION` below it, a line for each")
        if not result.config and not yaml.safe_load(file.read_text(encoding="utf-8")):
            raise UserError(f"{file}: is empty; write key: value pairs, or remove it")
        return result

    def is_config(self, config_path: str) -> bool:
        """Whether there is a file for GROUP/NAME. Raises UserError if it has the ending .yml, which Hydra ignores."""
        _check_inside(config_path)
        if "\0" in config_path:  # no name of a file, and none that the system can be asked about
            return False
        if super().is_config(config_path):
            return True
        if (file := Path(self.path, f"{config_path}.yml")).is_file():
            raise UserError(f"{file}: only files that end in .yaml are read; rename it to {file.stem}.yaml")
        return False


class UserFolderSource(CheckedFileSource):
    """The folder of --config-dir, whose experiments are below experiment/."""

    @staticmethod
    def scheme() -> str:
        """The prefix that marks this source in a search path."""
        return "user-folder"

    def load_config(self, config_path: str) -> ConfigResult:
        """As `CheckedFileSource`, for experiments with a check of their package."""
        result = super().load_config(config_path)
        if config_path.startswith(f"{EXPERIMENT_GROUP}/"):
            check_experiment_package(Path(self.path, self._normalize_file_name(config_path)), result)
        return result


def check_experiment_package(file: Path, result: ConfigResult) -> None:
    """Checks that an experiment sets keys of the whole configuration. Raises UserError if its first line is missing."""
    if result.header.get("package") != "_global_":
        raise UserError(
            f"{file}: its first line must be `# @package _global_`; without it "
            f"Hydra puts its keys below {EXPERIMENT_GROUP}"
        )


def _check_inside(config_path: str) -> None:
    if ".." in config_path.split("/"):
        raise UserError(f"{config_path}: the name of an option leads out of its group; name a file in it")


def _check_encoding(file: Path, content: bytes) -> None:
    if content.startswith(codecs.BOM_UTF8):
        raise UserError(f"{file}: begins with a byte order mark; save it as UTF-8 without one (without BOM)")
    if content.startswith(_WIDE_MARKS):
        raise UserError(f"{file}: is UTF-16; save it as UTF-8")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError(
            f"{file}, line {line}: is not UTF-8 (byte 0x{content[error.start]:02x}); save it as UTF-8"
        ) from error


def _check_size(file: Path, content: bytes) -> None:
    """Refuses what would be more than it is: Hydra and OmegaConf copy each alias, again and again."""
    try:
        check_bounds(content.decode("utf-8"))
    except ValueError as error:
        raise UserError(f"{file}: {error}") from error
    except yaml.YAMLError:
        pass  # explained where it is read


def _explain_yaml_error(file: Path, error: yaml.YAMLError) -> str:
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error).strip()
    # Of an open bracket YAML notices the end of the file; what helps is where the bracket stands.
    is_open = problem.startswith("expected ',' or")
    mark = getattr(error, "context_mark" if is_open else "problem_mark", None)
    where = f", line {mark.line + 1}" if mark is not None else ""
    hint = next((f"; {hint}" for text, hint in _YAML_HINTS.items() if text in problem), "")
    return f"{file}{where}: is not valid YAML: {problem}{hint}"
