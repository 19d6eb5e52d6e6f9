"""The sources of security knowledge: one module per source, found by name, and a user's own files, found by path."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hackmentor.data.sources import atlas, attack, attack_stix, cwe, d3fend, ics, misp, seeds, sigma
from hackmentor.data.sources.catalogue import Catalogue, CatalogueLoader
from hackmentor.data.sources.installed_packages import get_package_version, has_package
from hackmentor.data.sources.user_files import get_path_name, is_user_path, list_user_files, resolve_user_path
from hackmentor.runtime.errors import UserError


@dataclass(frozen=True, slots=True)
class RegisteredSource:
    """A source, the package that carries its text (empty: this one), and packages that add to it where installed."""

    load: CatalogueLoader
    package: str
    optional: tuple[str, ...] = ()


SOURCES: dict[str, RegisteredSource] = {
    "cwe": RegisteredSource(cwe.load_cwe, cwe.PACKAGE),
    "attack": RegisteredSource(attack.load_attack, misp.PACKAGE, (attack_stix.PACKAGE,)),
    "sigma": RegisteredSource(sigma.load_sigma, misp.PACKAGE, (attack_stix.PACKAGE,)),
    "atlas": RegisteredSource(atlas.load_atlas, misp.PACKAGE),
    "d3fend": RegisteredSource(d3fend.load_d3fend, misp.PACKAGE, (attack_stix.PACKAGE,)),
    "ics": RegisteredSource(ics.load_ics, misp.PACKAGE),
    "seeds": RegisteredSource(seeds.load_seeds, ""),
}


def is_user_source(source: str) -> bool:
    """Whether a source is a user's own file or folder; the name of a registered source is never one."""
    return source not in SOURCES and is_user_path(source)


def find_source(name: str) -> RegisteredSource:
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


def list_source_files(source: str) -> dict[str, Path]:
    """The user's own files behind a source, by name; none for a registered one. Raises UserError if there is none."""
    if is_user_source(source):
        return list_user_files(resolve_user_path(source))
    find_source(source)
    return {}


def get_source_name(source: str) -> str:
    """The name of a source in a dataset: for a file or folder its own name, without the path."""
    return f"file:{get_path_name(resolve_user_path(source))}" if is_user_source(source) else source


def get_source_packages(names: Iterable[str]) -> dict[str, str]:
    """The packages that sources are read from, with their installed versions."""
    sources = [find_source(name) for name in names if not is_user_source(name)]
    packages = {source.package for source in sources} - {""}
    packages |= {package for source in sources for package in source.optional if has_package(package.replace("-", "_"))}
    return {package: get_package_version(package) for package in sorted(packages)}
