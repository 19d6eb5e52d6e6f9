"""Record sources of a dataset, catalogues or a user's own files: each yields records with their side of the split."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from hackmentor.data.compose import compose_records
from hackmentor.data.compose.template import EntryIndex
from hackmentor.data.curation_log import CurationLog
from hackmentor.data.recipe import DatasetRecipe
from hackmentor.data.refine.recital import RecitalLimiter, find_sentences, repeats_itself
from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.data.sources.passages import Passage
from hackmentor.data.sources.split_column import SPLIT_KEY, has_both_sides, read_split_side
from hackmentor.data.sources.user_files import FileSet, find_split_sides
from hackmentor.data.split import find_least_fraction, get_split_key, is_held_out, split_entries
from hackmentor.records.read.import_records import iter_imported_records
from hackmentor.records.read.import_result import ImportResult
from hackmentor.records.record import Record

# A passage of the user's own is counted also where no template fits it: one without a heading has no name to ask by.
_NOTHING_TO_ASK = "passage that no question can be made of"

_REPEATING = "record that says a sentence twice"
_RECITED = "record that would tell a sentence of the catalogue for a third time"
KEPT_OUT = "held out, as an exam of data.keep_out asks about it"

SplitRecords = Iterator[tuple[Record, bool]]


class RecordSource(Protocol):
    """A source of records."""

    @property
    def origin(self) -> Origin:
        """Where they come from."""

    @property
    def kept_out(self) -> frozenset[str]:
        """The split keys that are held out whatever the draw says."""

    def iter_records(self, recipe: DatasetRecipe, log: CurationLog) -> SplitRecords:
        """Each record of the recipe's shape, and whether it is held out; what is left out is logged."""

    def iter_split_keys(self, recipe: DatasetRecipe) -> Iterator[str | None]:
        """The keys by which records of the recipe's shape are held out; None for what its file's name holds out."""


@dataclass(frozen=True, slots=True)
class ComposedSource:
    """The entries of a catalogue, composed into records by templates."""

    catalogue: Catalogue
    kept_out: frozenset[str] = frozenset()

    @property
    def origin(self) -> Origin:
        """The origin of the catalogue."""
        return self.catalogue.origin

    def iter_records(self, recipe: DatasetRecipe, log: CurationLog) -> SplitRecords:
        """The composed records; a template that needs a second entry takes it from the same side."""
        log.log_dropped_by_source(self.origin.name, self.catalogue.left_out)
        train, held_out = split_entries(self.catalogue.entries, recipe.seed, recipe.eval_fraction, self.kept_out)
        for entry in held_out:
            if not is_held_out(entry.split_key, recipe.seed, recipe.eval_fraction):
                log.log_repaired(f"{self.origin.name}: {KEPT_OUT}", [entry.upstream_id])
        passages = {entry.upstream_id: None for entry in self.catalogue.entries if isinstance(entry, Passage)}
        # What a user's own documents and the hand-written seeds repeat, they mean to.
        limiter = RecitalLimiter(self.catalogue.compute_once(find_sentences) if self.is_catalogue else frozenset())
        for entries, side in ((held_out, True), (train, False)):
            for record in compose_records(EntryIndex(entries), self.origin, recipe.shape, recipe.seed):
                passages.pop(record.upstream_id, None)
                if self.is_catalogue and repeats_itself(record):
                    log.log_dropped(f"{self.origin.name}: {_REPEATING}", [record.id])
                elif limiter.accept(record):
                    yield record, side
                else:
                    log.log_dropped(f"{self.origin.name}: {_RECITED}", [record.id])
        if passages:
            log.log_dropped(f"{self.origin.name}: {_NOTHING_TO_ASK} (data={recipe.shape})", list(passages))

    @property
    def is_catalogue(self) -> bool:
        """Whether the entries are those of a public catalogue: neither a user's own documents nor seeds."""
        return not self.origin.name.startswith(("documents:", "seeds"))

    def iter_split_keys(self, recipe: DatasetRecipe) -> Iterator[str | None]:
        """The split keys of the entries."""
        return (entry.split_key for entry in self.catalogue.entries)


@dataclass(frozen=True, slots=True)
class ImportedSource:
    """Files of ready-made records; `entry_keys` are the split keys, by id, of entries that they may rest on."""

    origin: Origin
    content: FileSet
    entry_keys: Mapping[str, str]
    kept_out: frozenset[str] = frozenset()

    def iter_records(self, recipe: DatasetRecipe, log: CurationLog) -> SplitRecords:
        """The imported records; those of the other shape are logged as left out.

        Where the names of the files keep training and evaluation apart, they decide the side; else a column `split`.
        """
        log.log_dropped_by_source(self.origin.name, self.content.left_out)
        sides = find_split_sides(self.content.files)
        for name in (name for name, held_out in sides.items() if held_out):
            log.log_repaired(f"{self.origin.name}: file held out as its name says", [name])
        by_column = self._has_split_column()
        for name, path in self.content.files.items():
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
                    stated = read_split_side(result.item) if by_column else sides.get(name)
                    if by_column and stated:
                        log.log_repaired(f"{self.origin.name}: held out as its column {SPLIT_KEY!r} says", [record.id])
                    key = get_split_key(record, self.entry_keys)
                    drawn = is_held_out(key, recipe.seed, recipe.eval_fraction)
                    side = drawn if stated is None else stated
                    if key in self.kept_out and not side:
                        log.log_repaired(f"{self.origin.name}: {KEPT_OUT}", [record.id])
                    yield record, side or key in self.kept_out
                else:
                    log.log_dropped(f"{self.origin.name}: of shape {record.shape}, not {recipe.shape}", [record.id])
            log.log_dropped_by_source(self.origin.name, result.rejected)
            for rule, locations in result.repaired.items():
                log.log_repaired(f"{self.origin.name}: {rule}", locations)
            if by_column:
                result.unread.pop(repr(SPLIT_KEY), None)
            for key_name, count in result.unread.items():
                log.count_unread(f"{self.origin.name}: {key_name}", count)

    def iter_split_keys(self, recipe: DatasetRecipe) -> Iterator[str | None]:
        """The split keys of the records, which are read for this alone."""
        if self._has_split_column():
            yield None
            return
        sides = find_split_sides(self.content.files)
        for name, path in self.content.files.items():
            imported = iter_imported_records(
                path, source=self.origin.name, licence="", result=ImportResult(), skip_bad=True, file_name=name
            )
            for record in imported:
                if record.shape == recipe.shape and sides.get(name, True):
                    yield None if sides else get_split_key(record, self.entry_keys)

    def _has_split_column(self) -> bool:
        return not find_split_sides(self.content.files) and has_both_sides(self.content.files.values())


def ensure_held_out(sources: Sequence[RecordSource], recipe: DatasetRecipe, log: CurationLog) -> DatasetRecipe:
    """The recipe, with a fraction that holds out one group where its own holds out none, as in very small datasets."""
    keys: set[str] = set()
    for source in sources:
        for key in source.iter_split_keys(recipe):
            if key is None or is_held_out(key, recipe.seed, recipe.eval_fraction, source.kept_out):
                return recipe
            keys.add(key)
    fraction = find_least_fraction(keys, recipe.seed)
    if fraction is None:
        return recipe
    held_out = [key for key in sorted(keys) if is_held_out(key, recipe.seed, fraction)]
    log.log_repaired(f"held out although data.eval_fraction={recipe.eval_fraction} of so few is none", held_out)
    return replace(recipe, eval_fraction=fraction)
