"""Builds one dataset from its sources: gather, refine, compare, write. Needs about 400 bytes of memory per record."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hackmentor.data.balance import select_balanced
from hackmentor.data.compose.seed_tasks import SAFETY_TASKS
from hackmentor.data.curation_log import CurationLog
from hackmentor.data.fingerprint import compute_fingerprint
from hackmentor.data.kept_out import KeptOutExams, load_kept_out
from hackmentor.data.open_sources import open_record_sources
from hackmentor.data.phase_timer import PhaseTimer
from hackmentor.data.recipe import DatasetRecipe
from hackmentor.data.record_buffer import IndexArray, RecordBuffer, RecordColumns
from hackmentor.data.record_counts import count_records, find_common_opening
from hackmentor.data.record_sources import ComposedSource, RecordSource, ensure_held_out
from hackmentor.data.refine.contamination import find_shared_ngrams, refuse_contamination
from hackmentor.data.refine.exam_overlaps import find_exam_overlaps
from hackmentor.data.refine.mask import mask_record
from hackmentor.data.refine.quality import is_composed
from hackmentor.data.refine.record_filter import RecordFilter
from hackmentor.data.sources import get_source_packages
from hackmentor.data.text_stats import MAX_RECORDS, CatalogueNgrams, measure_record, summarise_text
from hackmentor.data.training_mix import TrainingMix, plan_training_mix
from hackmentor.records.dataset_card import CARD_FILE, DatasetCard, TextStats, read_dataset_card, write_dataset_card
from hackmentor.records.read.import_records import import_records
from hackmentor.records.record import write_lines
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import full_disk_reported
from hackmentor.runtime.hashing import compute_file_sha256

GIVEN_AWAY = "eval: text known from training"
NO_SAFETY = "refusals and their kin (data.safety=0)"
TRAIN_FILE, EVAL_FILE, LEFT_OUT_FILE = "train.jsonl", "eval.jsonl", "left_out.jsonl"


def build_dataset(recipe: DatasetRecipe, directory: Path, timer: PhaseTimer | None = None) -> DatasetCard:
    """Write train.jsonl, eval.jsonl, left_out.jsonl and, last, card.json into `directory`, and return the card.

    The same recipe gives byte-identical files. `timer` gets the wall time of each phase. Raises UserError for an
    unknown source, a missing package or file, a file that cannot be read, or training records that a file of
    `recipe.against` evaluates, naming the pairs.
    """
    timer = timer or PhaseTimer()
    recipe_fields = recipe.fingerprint_fields()
    exams = load_kept_out(recipe.keep_out)
    sources = open_record_sources(recipe, exams)
    with (
        full_disk_reported(f"the data set in {directory}", "What was there before is whole"),
        RecordBuffer(directory.parent, recipe.seed) as buffer,
        CurationLog(directory.parent) as log,
    ):
        with timer.phase_timed("gather"):
            recipe = ensure_held_out(sources, recipe, log)
            _collect_records(sources, recipe, buffer, log)
        builder = _DatasetBuilder(recipe, buffer, buffer.to_columns(), log)
        with timer.phase_timed("refine"):
            train, held_out = builder.refine_records()
        with timer.phase_timed("compare"):
            train = builder.drop_exam_items(train, exams)
            held_out = builder.drop_given_away(train, held_out)
            builder.check_sides(train, held_out)
        mix = builder.plan_mix(train)
        with timer.phase_timed("write"):
            files = {
                TRAIN_FILE: write_lines(directory / TRAIN_FILE, mix.iter_lines()),
                EVAL_FILE: write_lines(directory / EVAL_FILE, buffer.iter_lines(held_out)),
                LEFT_OUT_FILE: write_lines(directory / LEFT_OUT_FILE, log.iter_dropped_lines()),
            }
        with timer.phase_timed("measure"):
            card = builder.build_card(
                sources, mix, held_out, files, compute_fingerprint(recipe_fields, _get_packages(recipe))
            )
            write_dataset_card(directory / CARD_FILE, card)
    return card


def is_current(recipe: DatasetRecipe, directory: Path) -> bool:
    """Whether `directory` holds what `build_dataset` would write for this recipe, with its files unchanged."""
    try:
        card = read_dataset_card(directory / CARD_FILE)
        packages = _get_packages(recipe)
    except UserError:
        return False
    if card.fingerprint != compute_fingerprint(recipe.fingerprint_fields(), packages):
        return False
    paths = {directory / file: digest for file, digest in card.files.items()}
    return all(path.is_file() and compute_file_sha256(path) == digest for path, digest in paths.items())


def _get_packages(recipe: DatasetRecipe) -> dict[str, str]:
    return get_source_packages(recipe.package_sources)


def _collect_records(
    sources: Sequence[RecordSource], recipe: DatasetRecipe, buffer: RecordBuffer, log: CurationLog
) -> None:
    for source in sources:
        for record, held_out in source.iter_records(recipe, log):
            if recipe.safety == 0 and record.task in SAFETY_TASKS:
                log.log_dropped(f"{source.origin.name}: {NO_SAFETY}", [record.id])
                continue
            masked, kinds = mask_record(record)
            buffer.add(masked, held_out=held_out, masked=tuple(kinds))


@dataclass(frozen=True, slots=True)
class _DatasetBuilder:
    """Decides which buffered records are kept. A set of records is an array of indexes, in the order of the buffer."""

    recipe: DatasetRecipe
    buffer: RecordBuffer
    columns: RecordColumns
    log: CurationLog

    def refine_records(self) -> tuple[IndexArray, IndexArray]:
        """The records to train on and to evaluate on. Of two duplicates on both sides the held-out one stays."""
        selected: list[IndexArray] = []
        for held_out, limit in ((True, self.recipe.max_eval), (False, self.recipe.max_train)):
            # Refining takes most of the time: a small dataset refines somewhat more than it keeps, but not everything.
            max_records = None if limit is None else limit * 3 // 2 + 50
            selected.append(self._cap_records(np.flatnonzero(self.columns.held_out == held_out), max_records))
        kept = RecordFilter(self.buffer, self.columns, self.log, self.recipe.filters).select(np.concatenate(selected))
        is_held_out = self.columns.held_out[kept]
        return self._cap_records(kept[~is_held_out], self.recipe.max_train), kept[is_held_out]

    def drop_exam_items(self, train: IndexArray, exams: KeptOutExams) -> IndexArray:
        """The training records that hold no item of these exams, in its words or in others."""
        while overlaps := find_exam_overlaps(self.buffer.select(train), exams.items, max_matches=None):
            # A run of 13 words names one of several records: the others are found when that is gone.
            found = {overlap.record: overlap.exam for overlap in reversed(overlaps)}
            ids = list(self.buffer.iter_ids(train))
            for record_id in ids:
                if record_id in found:
                    self.log.log_dropped(f"train: holds an item of {found[record_id]}", [record_id])
            train = train[np.array([record_id not in found for record_id in ids], dtype=np.bool_)]
        return train

    def drop_given_away(self, train: IndexArray, held_out: IndexArray) -> IndexArray:
        """The held-out records whose text is not known from training, at most `max_eval`.

        Entries share passages of the catalogue: an evaluation record made mostly of such passages would test memory.
        """
        overlaps = find_shared_ngrams(self.buffer.select(train), self.buffer.select(held_out))
        given_away = {overlap.held_out for overlap in overlaps}
        if self.recipe.filters == "none":
            given_away -= {record.id for record in self.buffer.select(held_out) if not is_composed(record)}
        self.log.log_dropped(GIVEN_AWAY, sorted(given_away))
        kept = [record_id not in given_away for record_id in self.buffer.iter_ids(held_out)]
        return self._cap_records(held_out[np.array(kept, dtype=np.bool_)], self.recipe.max_eval)

    def check_sides(self, train: IndexArray, held_out: IndexArray) -> None:
        """Raise UserError if a side is empty, or if training repeats what a file of `against` asks."""
        for side, indexes in (("training", train), ("evaluation", held_out)):
            if not len(indexes):
                left_out = ", ".join(f"{count} {reason}" for reason, count in self.log.dropped.counts.items())
                raise UserError(
                    f"no {side} records for {self.recipe.name}: check data.sources ({', '.join(self.recipe.sources)}), "
                    f"data.eval_fraction={self.recipe.eval_fraction:.3g} and the limits. "
                    f"Left out: {left_out or 'nothing'}{self._suggest_way_out()}"
                )
        for path in self.recipe.against:
            evaluated = import_records(Path(path), source="evaluation", licence="").records
            refuse_contamination(self.buffer.select(train), evaluated, Path(path).name)

    def plan_mix(self, train: IndexArray) -> TrainingMix:
        """How often each training record is written."""
        recipe = self.recipe
        return plan_training_mix(
            self.buffer,
            self.columns,
            train,
            weights=recipe.name_weights(),
            safety=recipe.safety,
            max_records=recipe.max_train,
        )

    def _suggest_way_out(self) -> str:
        other = "turn" if self.recipe.shape == "iio" else "iio"
        if not self.log.dropped.counts and len(self.buffer):
            return ". Records of one entry stay on one side: add records of another"
        if self.log.dropped.counts.get(GIVEN_AWAY):
            return ". data.filters=none keeps such records of your own files"
        has_other = any(f": of shape {other}," in reason for reason in self.log.dropped.counts)
        return f". data={other} takes those of shape {other}" if has_other else ""

    def build_card(
        self,
        sources: Sequence[RecordSource],
        mix: TrainingMix,
        held_out: IndexArray,
        files: dict[str, str],
        fingerprint: str,
    ) -> DatasetCard:
        """The card of the records that were kept; copies in the mix are counted apart."""
        train, origins = mix.indexes, [source.origin for source in sources]
        return DatasetCard(
            name=self.recipe.name,
            shape=self.recipe.shape,
            seed=self.recipe.seed,
            eval_fraction=self.recipe.eval_fraction,
            sources=[origin.name for origin in origins],
            train=count_records(self.buffer, self.columns, train),
            eval=count_records(self.buffer, self.columns, held_out),
            opening=find_common_opening(self.buffer, self.columns, np.concatenate((train, held_out))),
            dropped=self.log.dropped.to_counted_ids(),
            masked=self.log.masked.to_counted_ids(),
            repaired=self.log.repaired.to_counted_ids(),
            files=files,
            fingerprint=fingerprint,
            packages=_get_packages(self.recipe),
            upstream_versions={origin.name: origin.upstream_version for origin in origins},
            licences={origin.name: origin.licence for origin in origins},
            notices={origin.name: origin.notice for origin in origins},
            unread=dict(sorted(self.log.unread.items())),
            released={origin.name: origin.released for origin in origins if origin.released},
            text=self._measure_text(sources, np.concatenate((train, held_out))),
            copies=mix.count_copies(),
            shares=mix.measure_shares(),
        )

    def _measure_text(self, sources: Sequence[RecordSource], indexes: IndexArray) -> dict[str, TextStats]:
        """The measures of the answers. Catalogues only: what repeats in a user's own text is theirs to judge."""
        composed = [source for source in sources if isinstance(source, ComposedSource) and source.is_catalogue]
        if not composed:
            return {}
        ngrams = CatalogueNgrams(source.catalogue for source in composed)
        # By rank, which is random: any part of the list is a sample.
        shown = indexes[np.argsort(self.columns.rank[indexes], kind="stable")][:MAX_RECORDS]
        return summarise_text([measure_record(record, ngrams) for record in self.buffer.select(shown)])

    def _cap_records(self, indexes: IndexArray, max_records: int | None) -> IndexArray:
        columns, names = self.columns, (self.buffer.sources.values, self.buffer.tasks.values)
        kept = select_balanced(
            max_records, columns.source[indexes], columns.task[indexes], columns.rank[indexes], names
        )
        left = indexes[~kept]
        if len(left):
            side = "eval" if columns.held_out[left[0]] else "train"
            self.log.log_dropped(f"{side}: over max_{side}", self.buffer.iter_ids(left))
        return indexes[kept]
