"""The cases of tasks on either side of the split, made of the catalogues of a data set."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hackmentor.data.sources import is_user_source, load_source
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.catalogue import Catalogue
from hackmentor.data.sources.cloud_checks import CloudCheck
from hackmentor.data.sources.cwe_weakness import Weakness
from hackmentor.data.sources.path_formats import load_path_catalogue
from hackmentor.data.sources.sigma_regression import read_regression_events
from hackmentor.data.sources.sigma_rules import SigmaRule
from hackmentor.data.sources.user_files import resolve_user_path
from hackmentor.data.sources.vulnerability import Vulnerability
from hackmentor.data.split import find_least_fraction, is_held_out
from hackmentor.tasks.case import Case, Provenance
from hackmentor.tasks.material import Material
from hackmentor.tasks.sigma_match import holds
from hackmentor.tasks.task import Task

# Of so many groups of units, at least, items are made.
MIN_HELD_OUT = 4


def load_material(tasks: Iterable[Task[Any]], sources: Sequence[str]) -> Material:
    """What the catalogues among `data.sources` that lie by path hold, and the registered ones that tasks need.

    A bundle of ATT&CK by path takes the place of the installed release. Raises UserError where one can't be read.
    """
    by_path = [
        found
        for source in dict.fromkeys(sources)
        if is_user_source(source) and (found := load_path_catalogue(resolve_user_path(source)))
    ]
    needed = {name for task in tasks for name in task.sources}
    if any(catalogue.attack for catalogue in by_path):
        needed -= {"attack"}
    material = collect_material([*by_path, *(load_source(name) for name in sorted(needed))])
    folders = [resolve_user_path(source) for source in dict.fromkeys(sources) if is_user_source(source)]
    return _add_events(material, [folder for folder in folders if folder.is_dir()])


def collect_material(catalogues: Iterable[Catalogue]) -> Material:
    """The entries of catalogues by kind."""
    pairs = [(entry, catalogue.origin) for catalogue in catalogues for entry in catalogue.entries]
    return Material(
        techniques=[entry for entry, _ in pairs if isinstance(entry, Technique)],
        weaknesses=[entry for entry, _ in pairs if isinstance(entry, Weakness)],
        rules=[entry for entry, _ in pairs if isinstance(entry, SigmaRule)],
        vulnerabilities=[entry for entry, _ in pairs if isinstance(entry, Vulnerability)],
        checks=[entry for entry, _ in pairs if isinstance(entry, CloudCheck)],
        provenance={
            entry.upstream_id: Provenance(_name_licence(origin.licence, entry), origin.upstream_version)
            for entry, origin in pairs
        },
    )


def _add_events(material: Material, folders: Iterable[Path]) -> Material:
    """The material with the real events that its rules match; others are left out by reason."""
    events: dict[str, list[Mapping[str, str]]] = {}
    left_out: dict[str, list[str]] = {}
    rules = {rule.upstream_id: rule.text for rule in material.rules}
    for folder in folders if rules else ():
        found = read_regression_events(folder)
        if found.unread:
            left_out.setdefault("event that can't be read", []).extend(found.unread)
        for rule_id, made in found.by_rule.items():
            matched = [event for event in made if rule_id in rules and holds(rules[rule_id], event)]
            if matched:
                events.setdefault(rule_id, []).extend(matched)
            if len(matched) < len(made):
                left_out.setdefault("event that its rule does not match", []).append(rule_id)
    return replace(material, events=events, left_out=left_out)


def iter_cases(
    task: Task[Any],
    material: Material,
    *,
    seed: int,
    eval_fraction: float,
    held_out: bool,
    kept_out: Collection[str] = (),
) -> Iterator[Case]:
    """The cases of one side; where the fraction (0 to 1) holds out few units of a task, some more are held out."""
    units = task.list_units(material)
    # Of our own material, so that catalogues by path change nothing of what is held out there.
    keys = {unit.split_key for unit in task.list_units(Material())} or {unit.split_key for unit in units}
    eval_fraction = max(eval_fraction, find_least_fraction(keys, seed, MIN_HELD_OUT) or 0.0)
    side = [unit for unit in units if is_held_out(unit.split_key, seed, eval_fraction, kept_out) == held_out]
    return task.build_cases(side, seed)


def _name_licence(licence: str, entry: object) -> str:
    credit = getattr(entry, "credit", "")
    return f"{licence}; author: {credit}" if credit else licence
