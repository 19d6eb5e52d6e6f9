"""Where security knowledge comes from: one module a source, found by name."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from hackmentor.data.sources import attack, cwe, misp, seeds, sigma
from hackmentor.data.sources.base import Catalogue, Source
from hackmentor.data.sources.installed import package_version
from hackmentor.errors import UserError


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


def find_source(name: str) -> Registered:
    """The source called `name`. Raises UserError with the nearest right name."""
    if name not in SOURCES:
        near = difflib.get_close_matches(name, SOURCES, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UserError(f"unknown data source {name!r}.{hint} Sources: {', '.join(sorted(SOURCES))}")
    return SOURCES[name]


def load_source(name: str) -> Catalogue:
    """The catalogue called `name`. Raises UserError with the nearest right name, or with what to install."""
    return find_source(name).load()


def source_packages(names: Iterable[str]) -> dict[str, str]:
    """The packages behind some sources with their installed versions, without reading them."""
    packages = {find_source(name).package for name in names} - {""}
    return {package: package_version(package) for package in sorted(packages)}
