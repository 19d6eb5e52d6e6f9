"""Opens the sources that a recipe names: registered catalogues, public ones by path, a user's own files, tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hackmentor.data.kept_out import KeptOutExams
from hackmentor.data.recipe import UNSTATED_LICENCE, DatasetRecipe
from hackmentor.data.record_sources import ComposedSource, ImportedSource, RecordSource
from hackmentor.data.sources import get_source_name, is_user_source, load_source
from hackmentor.data.sources.attack_bundle import align_catalogue
from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.data.sources.documents import load_documents
from hackmentor.data.sources.path_formats import load_path_catalogue
from hackmentor.data.sources.user_files import resolve_user_path, sort_user_files
from hackmentor.data.task_cases import load_material
from hackmentor.data.task_source import TaskSource
from hackmentor.runtime.errors import UserError


def open_record_sources(recipe: DatasetRecipe, exams: KeptOutExams | None = None) -> list[RecordSource]:
    """The record sources of a recipe, in its order; the entries that `exams` ask about are held out.

    Raises UserError for an unknown source, a missing package or file, or two files or folders of one name.
    """
    catalogues = {source: found for source in recipe.distinct_sources if (found := _load_catalogue(source))}
    entry_keys = {entry.upstream_id: entry.split_key for found in catalogues.values() for entry in found.entries}
    kept_out = exams.find_keys(entry_keys) if exams else frozenset[str]()
    sources: list[RecordSource] = [
        ComposedSource(catalogues[source], kept_out)
        if source in catalogues
        else _open_user_source(source, recipe, entry_keys, kept_out)
        for source in recipe.distinct_sources
    ]
    sources = _follow_release(sources)
    if tasks := recipe.distinct_tasks:
        sources.append(TaskSource(tasks, load_material(tasks, recipe.sources), kept_out))
    names = [source.origin.name for source in sources]
    _check_names_are_distinct(names)
    _check_releases_are_distinct(names)
    return sources


def _load_catalogue(source: str) -> Catalogue | None:
    """The catalogue that a source is: a registered one, or a public one by path; None for a user's own files."""
    return load_path_catalogue(resolve_user_path(source)) if is_user_source(source) else load_source(source)


def _follow_release(sources: list[RecordSource]) -> list[RecordSource]:
    """The sources, their tags of ATT&CK brought to the release of a bundle by path, where there is one."""
    composed = [source for source in sources if isinstance(source, ComposedSource)]
    release = next((source.catalogue.attack for source in composed if source.catalogue.attack), None)
    if not release:
        return sources
    return [
        replace(source, catalogue=align_catalogue(source.catalogue, release))
        if isinstance(source, ComposedSource)
        else source
        for source in sources
    ]


def _open_user_source(
    source: str, recipe: DatasetRecipe, entry_keys: Mapping[str, str], kept_out: frozenset[str]
) -> RecordSource:
    path = resolve_user_path(source)
    content = sort_user_files(path)
    if content.kind == "documents":
        return ComposedSource(load_documents(path, recipe.licence or UNSTATED_LICENCE), kept_out)
    origin = Origin(get_source_name(source), "", "", "", recipe.licence or UNSTATED_LICENCE, "")
    return ImportedSource(origin, content, entry_keys, kept_out)


def _check_names_are_distinct(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UserError(
                f"data.sources: two of them are called {name.partition(':')[2]}, and ids are made from that name. "
                "Rename one, or put both into one folder and name the folder"
            )


def _check_releases_are_distinct(names: Sequence[str]) -> None:
    for name in names:
        family, _, path = name.partition(":")
        if path and family in names:
            raise UserError(
                f"data.sources: {family} and {path} are one catalogue in two releases. "
                f"Leave {family} out: the one by path replaces it"
            )
