"""Finds data files of installed packages without importing them."""

import importlib.util
from importlib import metadata
from pathlib import Path

from hackmentor.runtime.errors import UserError


def find_package_file(package: str, relative: str) -> Path:
    """The path of a file that a package ships. Raises UserError that says what to install."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"the package {package!r} is not installed. Install it: pip install {package}")
    path = Path(next(iter(spec.submodule_search_locations))) / relative
    if not path.is_file():
        raise UserError(
            f"{path}: the installed {package} {get_package_version(package)} lacks this file. "
            f"Install the version that hackmentor asks for: pip install --force-reinstall {package}"
        )
    return path


def get_package_version(package: str) -> str:
    """The installed version. Raises UserError that says what to install."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError as error:
        raise UserError(f"the package {package!r} is not installed. Install it: pip install {package}") from error


def has_package(package: str) -> bool:
    """Whether a package can be found, without importing it."""
    return importlib.util.find_spec(package) is not None
