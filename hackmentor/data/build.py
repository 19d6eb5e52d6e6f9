"""Builds one dataset from its sources: load, split, compose, clean up, cap, check, write."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from hackmentor.data import card as cards
from hackmentor.data.cap import cap
from hackmentor.data.card import Card, load_card, save_card
from hackmentor.data.compose import compose
from hackmentor.data.compose.template import Shelf
from hackmentor.data.fingerprint import file_sha256, fingerprint
from hackmentor.data.read.foreign import read_foreign
from hackmentor.data.records import Record, Shape, write_records
from hackmentor.data.refine.contamination import overlaps, refuse_contamination
from hackmentor.data.refine.refinery import Refinery
from hackmentor.data.sources import load_source, source_packages
from hackmentor.data.sources.base import Catalogue
from hackmentor.data.split import refuse_overlap, split_entries
from hackmentor.errors import UserError

TRAIN, EVAL = "train.jsonl", "eval.jsonl"


def build_dataset(
    *,
    name: str,
    shape: Shape,
    sources: Sequence[str],
    directory: Path,
    seed: int,
    eval_fraction: float,
    max_train: int | None,
    max_eval: int | None,
    against: Sequence[str] = (),
) -> Card:
    """Write train.jsonl, eval.jsonl and, last, card.json into `directory`, and return the card.

    `eval_fraction` is the share (0 to 1) of upstream entries held out; `max_train` and `max_eval` limit the number of
    records (None: no limit). `against` names files of your own evaluation, in any shape that `read_foreign` takes: no
    training record may repeat what they ask. The same arguments give byte-identical files. Raises UserError for an
    unknown source, a missing package or file, or training records that would also be evaluated, naming the pairs.
    """
    arguments = _arguments(name, shape, sources, seed, eval_fraction, max_train, max_eval, against)
    catalogues = [load_source(source) for source in dict.fromkeys(sources)]
    refinery = Refinery()
    for catalogue in catalogues:
        for reason, ids in catalogue.left_out.items():
            refinery.note(f"{catalogue.origin.name}: {reason}", ids)
    train, held_out = _records(catalogues, shape, seed, eval_fraction, (max_train, max_eval), refinery)
    _refuse_empty(train, held_out, arguments)
    refuse_overlap(train, held_out)
    for path in against:
        asked = read_foreign(Path(path), source="evaluation", licence="").records
        refuse_contamination(train, asked, Path(path).name)
    files = {TRAIN: write_records(directory / TRAIN, train), EVAL: write_records(directory / EVAL, held_out)}
    card = _card(arguments, catalogues, train, held_out, refinery, files)
    save_card(directory / cards.FILE, card)
    return card


def is_current(
    directory: Path,
    *,
    name: str,
    shape: Shape,
    sources: Sequence[str],
    seed: int,
    eval_fraction: float,
    max_train: int | None,
    max_eval: int | None,
    against: Sequence[str] = (),
) -> bool:
    """Whether `directory` holds what `build_dataset` would write for these arguments, with its files unchanged."""
    arguments = _arguments(name, shape, sources, seed, eval_fraction, max_train, max_eval, against)
    try:
        card = load_card(directory / cards.FILE)
        packages = source_packages(sources)
    except UserError:
        return False
    if card.fingerprint != fingerprint(arguments, packages):
        return False
    paths = {directory / file: digest for file, digest in card.files.items()}
    return all(path.is_file() and file_sha256(path) == digest for path, digest in paths.items())


def _arguments(
    name: str,
    shape: Shape,
    sources: Sequence[str],
    seed: int,
    eval_fraction: float,
    max_train: int | None,
    max_eval: int | None,
    against: Sequence[str],
) -> dict[str, object]:
    if not 0 < eval_fraction < 1:
        raise UserError(f"eval_fraction must be between 0 and 1, not {eval_fraction}")
    if shape not in ("iio", "turn"):
        raise UserError(f"shape must be iio or turn, not {shape!r}")
    return {
        "name": name,
        "shape": shape,
        "sources": list(dict.fromkeys(sources)),
        "seed": seed,
        "eval_fraction": eval_fraction,
        "max_train": max_train,
        "max_eval": max_eval,
        "against": {path: file_sha256(Path(path)) for path in _existing(against)},
    }


def _existing(paths: Sequence[str]) -> Sequence[str]:
    for path in paths:
        if not Path(path).is_file():
            raise UserError(f"data.against={path}: there is no such file")
    return paths


def _records(
    catalogues: Sequence[Catalogue],
    shape: Shape,
    seed: int,
    eval_fraction: float,
    limits: tuple[int | None, int | None],
    refinery: Refinery,
) -> tuple[list[Record], list[Record]]:
    """The records of both sides. Evaluation comes first, so that a duplicate is lost to training, not to it."""
    halves = [split_entries(catalogue.entries, seed, eval_fraction) for catalogue in catalogues]
    origins = [catalogue.origin for catalogue in catalogues]
    pools = {"eval": [half[1] for half in halves], "train": [half[0] for half in halves]}
    sides: list[list[Record]] = []
    for side, limit in (("eval", limits[1]), ("train", limits[0])):
        shelves = zip(map(Shelf, pools[side]), origins, strict=True)
        composed = [record for shelf, origin in shelves for record in compose(shelf, origin, shape, seed)]
        # Refining costs most of the time: a small dataset refines a little more than it keeps, not everything.
        drawn, over = cap(composed, None if limit is None else limit * 3 // 2 + 50, seed)
        refinery.note(f"{side}: over max_{side}", over)
        sides.append(refinery.refine(drawn, side))
    held_out, train = sides
    train, over = cap(train, limits[0], seed)
    refinery.note("train: over max_train", over)
    # Entries share passages of the catalogue: an evaluation record made mostly of such passages would test memory.
    known = {overlap.held_out for overlap in overlaps(train, held_out)}
    refinery.note("eval: text known from training", sorted(known))
    held_out, over = cap([record for record in held_out if record.id not in known], limits[1], seed)
    refinery.note("eval: over max_eval", over)
    return train, held_out


def _refuse_empty(train: Sequence[Record], held_out: Sequence[Record], arguments: Mapping[str, object]) -> None:
    for side, records in (("training", train), ("evaluation", held_out)):
        if not records:
            raise UserError(f"no {side} records: check sources, eval_fraction and the limits ({dict(arguments)})")


def _card(
    arguments: Mapping[str, object],
    catalogues: Sequence[Catalogue],
    train: Sequence[Record],
    held_out: Sequence[Record],
    refinery: Refinery,
    files: Mapping[str, str],
) -> Card:
    origins = [catalogue.origin for catalogue in catalogues]
    packages = source_packages([origin.name for origin in origins])
    return Card(
        name=str(arguments["name"]),
        shape=str(arguments["shape"]),
        seed=int(str(arguments["seed"])),
        eval_fraction=float(str(arguments["eval_fraction"])),
        sources=[origin.name for origin in origins],
        train=cards.count(train),
        eval=cards.count(held_out),
        opening=cards.top_opening([*train, *held_out]),
        dropped=dict(sorted(refinery.dropped.items())),
        masked=dict(sorted(refinery.masked.items())),
        files=dict(files),
        fingerprint=fingerprint(arguments, packages),
        packages=packages,
        upstream_versions={origin.name: origin.upstream_version for origin in origins},
        licences={origin.name: origin.licence for origin in origins},
        notices={origin.name: origin.notice for origin in origins},
    )
