"""Where security knowledge comes from: one module a source, found by name, and a user's own files, found by path."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hackmentor.data.sources import attack, cwe, misp, seeds, sigma
from hackmentor.data.sources.catalogue import Catalogue, Source
from hackmentor.data.sources.installed_packages import package_version
from hackmentor.data.sources.user_files import is_path, own_files, own_name, own_path
from hackmentor.runtime.errors import UserError


@dataclass(frozen=True, slots=True)
class Registered:
    """A source and the package that carries its text (empty: this one)."""

    load: Source
    package: str


SOURCES: dict[str, Registered] = {
    "cwe": Registered(cwe.load_cwe, cwe.PACKAGE),
    "attack": Registered(attack.load_attack, misp.PACKAGE),
    "sigma": Registered(sigma.load_sigma, misp.PACKAGE),
    "seeds": Registered(seeds.load_seeds, ""),
}


def is_own(source: str) -> bool:
    """Whether a source is a user's own file or folder; the name of a registered source is never one."""
    return source not in SOURCES and is_path(source)


def find_source(name: str) -> Registered:
    """The source called `name`. Raises UserError with the nearest right name."""
    if name not in SOURCES:
        near = difflib.get_close_matches(name, SOURCES, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UserError(
            f"unknown data source {name!r}.{hint} Sources: {', '.join(sorted(SOURCES))}, "
            "or the path of a file or folder of your own"
        )
    return SOURCES[name]


def load_source(name: str) -> Catalogue:
    """The catalogue called `name`. Raises UserError with the nearest right name, or with what to install."""
    return find_source(name).load()


def source_files(source: str) -> dict[str, Path]:
    """The user's own files behind a source, by name; none for a registered one. Raises UserError if there is none."""
    if is_own(source):
        return own_files(own_path(source))
    find_source(source)
    return {}


def source_name(source: str) -> str:
    """What a source is called in a data set: a file or folder by its own name, wherever it lies."""
    return f"file:{own_name(own_path(source))}" if is_own(source) else source


def source_packages(names: Iterable[str]) -> dict[str, str]:
    """The packages behind some sources with their installed versions, without reading them."""
    packages = {find_source(name).package for name in names if not is_own(name)} - {""}
    return {package: package_version(package) for package in sorted(packages)}
