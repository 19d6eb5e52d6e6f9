"""Record sources of a dataset, catalogues or a user's own files: each yields records with their side of the split."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hackmentor.data.compose import compose_records
from hackmentor.data.compose.template import EntryIndex
from hackmentor.data.curation_log import CurationLog
from hackmentor.data.recipe import UNSTATED_LICENCE, DatasetRecipe
from hackmentor.data.sources import get_source_name, is_user_source, load_source
from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.data.sources.documents import load_documents
from hackmentor.data.sources.user_files import detect_content_kind, list_user_files, resolve_user_path
from hackmentor.data.split import get_split_key, is_held_out, split_entries
from hackmentor.records.read.import_records import ImportResult, iter_imported_records
from hackmentor.records.record import Record
from hackmentor.runtime.errors import UserError

SplitRecords = Iterator[tuple[Record, bool]]


class RecordSource(Protocol):
    """A source of records."""

    @property
    def origin(self) -> Origin:
        """Where they come from."""

    def iter_records(self, recipe: DatasetRecipe, log: CurationLog) -> SplitRecords:
        """Each record of the recipe's shape, and whether it is held out; what is left out is logged."""


@dataclass(frozen=True, slots=True)
class ComposedSource:
    """The entries of a catalogue, composed into records by templates."""

    catalogue: Catalogue

    @property
    def origin(self) -> Origin:
        """The origin of the catalogue."""
        return self.catalogue.origin

    def iter_records(self, recipe: DatasetRecipe, log: CurationLog) -> SplitRecords:
        """The composed records; a template that needs a second entry takes it from the same side."""
        log.log_dropped_by_source(self.origin.name, self.catalogue.left_out)
        train, held_out = split_entries(self.catalogue.entries, recipe.seed, recipe.eval_fraction)
        for entries, side in ((held_out, True), (train, False)):
            for record in compose_records(EntryIndex(entries), self.origin, recipe.shape, recipe.seed):
                yield record, side


@dataclass(frozen=True, slots=True)
class ImportedSource:
    """Files of ready-made records; `entry_keys` are the split keys, by id, of entries that they may rest on."""

    origin: Origin
    files: Mapping[str, Path]
    entry_keys: Mapping[str, str]

    def iter_records(self, recipe: DatasetRecipe, log: CurationLog) -> SplitRecords:
        """The imported records; those of the other shape are logged as left out."""
        for name, path in self.files.items():
            result = ImportResult()
            imported = iter_imported_records(
                path,
                source=self.origin.name,
                licence=self.origin.licence,
                result=result,
                skip_bad=recipe.skip_bad,
                file_name=name,
            )
            for record in imported:
                if record.shape == recipe.shape:
                    key = get_split_key(record, self.entry_keys)
                    yield record, is_held_out(key, recipe.seed, recipe.eval_fraction)
                else:
                    log.log_dropped(f"{self.origin.name}: of shape {record.shape}, not {recipe.shape}", [record.id])
            log.log_dropped_by_source(self.origin.name, result.rejected)
            for rule, locations in result.repaired.items():
                log.log_repaired(f"{self.origin.name}: {rule}", locations)


def open_record_sources(recipe: DatasetRecipe) -> list[RecordSource]:
    """The record sources of a recipe, in its order.

    Raises UserError for an unknown source, a missing package or file, or two files or folders of one name.
    """
    catalogues = {name: load_source(name) for name in recipe.distinct_sources if not is_user_source(name)}
    entry_keys = {entry.upstream_id: entry.split_key for found in catalogues.values() for entry in found.entries}
    sources: list[RecordSource] = [
        ComposedSource(catalogues[source]) if source in catalogues else _open_user_source(source, recipe, entry_keys)
        for source in recipe.distinct_sources
    ]
    _check_names_are_distinct([source.origin.name for source in sources])
    return sources


def _open_user_source(source: str, recipe: DatasetRecipe, entry_keys: Mapping[str, str]) -> RecordSource:
    path = resolve_user_path(source)
    if detect_content_kind(path) == "documents":
        return ComposedSource(load_documents(path, recipe.licence or UNSTATED_LICENCE))
    origin = Origin(get_source_name(source), "", "", "", recipe.licence or UNSTATED_LICENCE, "")
    return ImportedSource(origin, list_user_files(path), entry_keys)


def _check_names_are_distinct(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UserError(
                f"data.sources: two of them are called {name.partition(':')[2]}, and ids are made from that name. "
                "Rename one, or put both into one folder and name the folder"
            )
