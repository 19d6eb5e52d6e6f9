"""Builds one data set from its sources: gather, refine, compare, write. Memory grows by some 400 bytes a record."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hackmentor.data.balance import cap
from hackmentor.data.curation_log import Ledger
from hackmentor.data.fingerprint import fingerprint
from hackmentor.data.phase_timer import Phases
from hackmentor.data.recipe import Recipe
from hackmentor.data.record_buffer import Facts, Indexes, Spill
from hackmentor.data.record_counts import count, top_opening
from hackmentor.data.record_sources import Supply, open_supplies
from hackmentor.data.refine.contamination import refuse_contamination, shared_runs
from hackmentor.data.refine.mask import mask_record
from hackmentor.data.refine.record_filter import Refinery
from hackmentor.data.sources import source_packages
from hackmentor.records.dataset_card import FILE, Card, load_card, save_card
from hackmentor.records.read.import_records import read_foreign
from hackmentor.records.record import write_lines
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.hashing import file_sha256

TRAIN, EVAL, LEFT_OUT = "train.jsonl", "eval.jsonl", "left_out.jsonl"


def build_dataset(recipe: Recipe, directory: Path, phases: Phases | None = None) -> Card:
    """Write train.jsonl, eval.jsonl, left_out.jsonl and, last, card.json into `directory`, and return the card.

    The same recipe gives byte-identical files. `phases` is told how long each part takes. Raises UserError for an
    unknown source, a missing package or file, a file that cannot be read, or training records that a file of
    `recipe.against` evaluates, naming the pairs.
    """
    phases = phases or Phases()
    facts_of_recipe = recipe.facts()
    supplies = open_supplies(recipe)
    with Spill(directory.parent, recipe.seed) as spill, Ledger(directory.parent) as ledger:
        with phases("gather"):
            _gather(supplies, recipe, spill, ledger)
        build = _Build(recipe, spill, spill.facts(), ledger)
        with phases("refine"):
            train, held_out = build.refined()
        with phases("compare"):
            held_out = build.unknown(train, held_out)
            build.check(train, held_out)
        with phases("write"):
            files = {
                TRAIN: write_lines(directory / TRAIN, spill.lines(train)),
                EVAL: write_lines(directory / EVAL, spill.lines(held_out)),
                LEFT_OUT: write_lines(directory / LEFT_OUT, ledger.lines()),
            }
            card = build.card(supplies, train, held_out, files, fingerprint(facts_of_recipe, _packages(recipe)))
            save_card(directory / FILE, card)
    return card


def is_current(recipe: Recipe, directory: Path) -> bool:
    """Whether `directory` holds what `build_dataset` would write for this recipe, with its files unchanged."""
    try:
        card = load_card(directory / FILE)
        packages = _packages(recipe)
    except UserError:
        return False
    if card.fingerprint != fingerprint(recipe.facts(), packages):
        return False
    paths = {directory / file: digest for file, digest in card.files.items()}
    return all(path.is_file() and file_sha256(path) == digest for path, digest in paths.items())


def _packages(recipe: Recipe) -> dict[str, str]:
    return source_packages(recipe.distinct_sources)


def _gather(supplies: Sequence[Supply], recipe: Recipe, spill: Spill, ledger: Ledger) -> None:
    for supply in supplies:
        for record, held_out in supply.records(recipe, ledger):
            masked, kinds = mask_record(record)
            spill.add(masked, held_out=held_out, masked=tuple(kinds))


@dataclass(frozen=True, slots=True)
class _Build:
    """The decisions about spilled records. Each set of records is an array of indexes in the order of the spill."""

    recipe: Recipe
    spill: Spill
    facts: Facts
    ledger: Ledger

    def refined(self) -> tuple[Indexes, Indexes]:
        """Train and eval. Evaluation goes first, so that a duplicate is lost to training, not to it."""
        drawn: list[Indexes] = []
        for held_out, limit in ((True, self.recipe.max_eval), (False, self.recipe.max_train)):
            # Refining costs most of the time: a small data set refines a little more than it keeps, not everything.
            most = None if limit is None else limit * 3 // 2 + 50
            drawn.append(self._capped(np.flatnonzero(self.facts.held_out == held_out), most))
        kept = Refinery(self.spill, self.facts, self.ledger).refine(np.concatenate(drawn))
        evaluates = self.facts.held_out[kept]
        return self._capped(kept[~evaluates], self.recipe.max_train), kept[evaluates]

    def unknown(self, train: Indexes, held_out: Indexes) -> Indexes:
        """The held-out records that training does not give away, as many as may stay.

        Entries share passages of the catalogue: an evaluation record made mostly of such passages would test memory.
        """
        found = shared_runs(self.spill.records(train), self.spill.records(held_out))
        given_away = {overlap.held_out for overlap in found}
        self.ledger.drop("eval: text known from training", sorted(given_away))
        kept = [name not in given_away for name in self.spill.ids(held_out)]
        return self._capped(held_out[np.array(kept, dtype=np.bool_)], self.recipe.max_eval)

    def check(self, train: Indexes, held_out: Indexes) -> None:
        """Raise UserError if a side is empty, or if training repeats what a file of `against` asks."""
        for side, indexes in (("training", train), ("evaluation", held_out)):
            if not len(indexes):
                left_out = ", ".join(f"{count} {reason}" for reason, count in self.ledger.dropped.counts.items())
                raise UserError(
                    f"no {side} records for {self.recipe.name}: check data.sources ({', '.join(self.recipe.sources)}), "
                    f"data.eval_fraction and the limits. Left out: {left_out or 'nothing'}"
                )
        for path in self.recipe.against:
            asked = read_foreign(Path(path), source="evaluation", licence="").records
            refuse_contamination(self.spill.records(train), asked, Path(path).name)

    def card(
        self, supplies: Sequence[Supply], train: Indexes, held_out: Indexes, files: dict[str, str], digest: str
    ) -> Card:
        """The card of what was kept."""
        origins = [supply.origin for supply in supplies]
        return Card(
            name=self.recipe.name,
            shape=self.recipe.shape,
            seed=self.recipe.seed,
            eval_fraction=self.recipe.eval_fraction,
            sources=[origin.name for origin in origins],
            train=count(self.spill, self.facts, train),
            eval=count(self.spill, self.facts, held_out),
            opening=top_opening(self.spill, self.facts, np.concatenate((train, held_out))),
            dropped=self.ledger.dropped.noted(),
            masked=self.ledger.masked.noted(),
            repaired=self.ledger.repaired.noted(),
            files=files,
            fingerprint=digest,
            packages=_packages(self.recipe),
            upstream_versions={origin.name: origin.upstream_version for origin in origins},
            licences={origin.name: origin.licence for origin in origins},
            notices={origin.name: origin.notice for origin in origins},
        )

    def _capped(self, indexes: Indexes, most: int | None) -> Indexes:
        facts, names = self.facts, (self.spill.sources.values, self.spill.tasks.values)
        kept = cap(most, facts.source[indexes], facts.task[indexes], facts.rank[indexes], names)
        left = indexes[~kept]
        if len(left):
            side = "eval" if facts.held_out[left[0]] else "train"
            self.ledger.drop(f"{side}: over max_{side}", self.spill.ids(left))
        return indexes[kept]
