"""What every source gives to a data set, whether a catalogue or a user's own files: records, each with its side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hackmentor.data.compose import compose
from hackmentor.data.compose.template import Shelf
from hackmentor.data.curation_log import Ledger
from hackmentor.data.recipe import UNSTATED, Recipe
from hackmentor.data.sources import is_own, load_source, source_name
from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.data.sources.documents import load_documents
from hackmentor.data.sources.user_files import kind_of, own_files, own_path
from hackmentor.data.split import holds_out, record_key, split_entries
from hackmentor.records.read.import_records import Reading, iterate_foreign
from hackmentor.records.record import Record
from hackmentor.runtime.errors import UserError

Sided = Iterator[tuple[Record, bool]]


class Supply(Protocol):
    """Records from one place."""

    @property
    def origin(self) -> Origin:
        """Where they come from."""

    def records(self, recipe: Recipe, ledger: Ledger) -> Sided:
        """Each record of the recipe's shape, and whether it is held out; what is left out goes into the ledger."""


@dataclass(frozen=True, slots=True)
class Composed:
    """The entries of a catalogue, made into records by templates."""

    catalogue: Catalogue

    @property
    def origin(self) -> Origin:
        """That of the catalogue."""
        return self.catalogue.origin

    def records(self, recipe: Recipe, ledger: Ledger) -> Sided:
        """A template that needs a second entry takes it from the same side."""
        ledger.drop_all(self.catalogue.left_out, self.origin.name)
        train, held_out = split_entries(self.catalogue.entries, recipe.seed, recipe.eval_fraction)
        for entries, side in ((held_out, True), (train, False)):
            for record in compose(Shelf(entries), self.origin, recipe.shape, recipe.seed):
                yield record, side


@dataclass(frozen=True, slots=True)
class Ready:
    """Files of ready-made records; `keys` are the split keys of catalogue entries that records may rest on."""

    origin: Origin
    files: Mapping[str, Path]
    keys: Mapping[str, str]

    def records(self, recipe: Recipe, ledger: Ledger) -> Sided:
        """Records of the other shape are counted as left out."""
        for name, path in self.files.items():
            reading = Reading()
            found = iterate_foreign(
                path,
                source=self.origin.name,
                licence=self.origin.licence,
                reading=reading,
                skip_bad=recipe.skip_bad,
                name=name,
            )
            for record in found:
                if record.shape == recipe.shape:
                    key = record_key(record, self.keys)
                    yield record, holds_out(key, recipe.seed, recipe.eval_fraction)
                else:
                    ledger.drop(f"{self.origin.name}: of shape {record.shape}, not {recipe.shape}", [record.id])
            ledger.drop_all(reading.rejected, self.origin.name)
            for rule, places in reading.repaired.items():
                ledger.repair(f"{self.origin.name}: {rule}", places)


def open_supplies(recipe: Recipe) -> list[Supply]:
    """The supplies of a recipe in its order.

    Raises UserError for an unknown source, a missing package or file, or two files or folders of one name.
    """
    catalogues = {name: load_source(name) for name in recipe.distinct_sources if not is_own(name)}
    keys = {entry.upstream_id: entry.split_key for found in catalogues.values() for entry in found.entries}
    supplies: list[Supply] = [
        Composed(catalogues[source]) if source in catalogues else _own(source, recipe, keys)
        for source in recipe.distinct_sources
    ]
    _refuse_namesakes([supply.origin.name for supply in supplies])
    return supplies


def _own(source: str, recipe: Recipe, keys: Mapping[str, str]) -> Supply:
    path = own_path(source)
    if kind_of(path) == "documents":
        return Composed(load_documents(path, recipe.licence or UNSTATED))
    origin = Origin(source_name(source), "", "", "", recipe.licence or UNSTATED, "")
    return Ready(origin, own_files(path), keys)


def _refuse_namesakes(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UserError(
                f"data.sources: two of them are called {name.partition(':')[2]}, and ids are made from that name. "
                "Rename one, or put both into one folder and name the folder"
            )
