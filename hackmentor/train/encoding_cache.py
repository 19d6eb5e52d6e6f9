"""A cache of encoded records, which the other cells of a grid and every restart read instead of encoding again."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from datasets import Dataset, load_from_disk
from datasets.utils.logging import disable_progress_bar
from pydantic import TypeAdapter

from hackmentor.prompts import (
    chat_template,
    chunk_dialogue,
    control_tokens,
    conversation_shape,
    encode,
    example,
    loss_mask,
    own_template,
    plain_text,
    prefix_space,
    role_forms,
    role_template,
    roles,
    text_run,
)
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import EncodingReport, OverlengthPolicy, encode_records
from hackmentor.prompts.example import Example
from hackmentor.prompts.roles import RolePolicy
from hackmentor.records import message, record, sample
from hackmentor.records.record import read_records
from hackmentor.records.sample import sample_evenly

log = logging.getLogger(__name__)

# Entries that are kept, the last used ones: a training and a held-out part for each of a few settings.
_MAX_ENTRIES = 16

# The code that encodes: a change in it makes another entry.
_CODE_MODULES = (
    message,
    record,
    sample,
    chat_template,
    example,
    loss_mask,
    chunk_dialogue,
    encode,
    own_template,
    role_forms,
    role_template,
    roles,
    control_tokens,
    conversation_shape,
    plain_text,
    prefix_space,
    text_run,
)
_REPORT = TypeAdapter(EncodingReport)


def load_encoded_examples(
    file: Path,
    template: ChatTemplate,
    *,
    max_records: int | None,
    seed: int,
    cutoff: int,
    overlength: OverlengthPolicy,
    cache: Path | None,
) -> tuple[Dataset, EncodingReport]:
    """An even sample of the records of a JSONL file as tokens, with what became of them.

    Found in the folder `cache` if the same was encoded before, and else left there; None for no such folder. Arrow
    holds token lists in a tenth of the memory of Python lists, and processes share it.

    Raises:
        UserError: as `encode_records`.
    """
    settings: dict[str, object] = {"most": max_records, "seed": seed, "cutoff": cutoff, "overlength": overlength}
    if template.role_policy != RolePolicy():
        settings |= asdict(template.role_policy)
    kept = cache / _compute_cache_key(file, template, settings) if cache else None
    if kept is not None and kept.is_dir():
        kept.touch()
        return load_from_disk(kept), _REPORT.validate_json((kept / "report.json").read_bytes())
    sampled = sample_evenly(read_records(file), max_records, seed)
    made, report = encode_records(sampled, template, cutoff=cutoff, overlength=overlength)
    dataset = build_dataset(made)
    if kept is not None:
        _save_encoded(kept, dataset, report)
    return dataset, report


def build_dataset(examples: Sequence[Example]) -> Dataset:
    """One row an example."""
    return Dataset.from_list([asdict(example) for example in examples])


def _compute_cache_key(file: Path, template: ChatTemplate, settings: dict[str, object]) -> str:
    """A hash over the records, what turns them into tokens, and the code that does."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    digest.update(template.source.encode())
    digest.update(template.tokenizer.backend_tokenizer.to_str().encode())
    digest.update(json.dumps(template.tokenizer.special_tokens_map, sort_keys=True).encode())
    for name in ("transformers", "tokenizers", "jinja2"):
        digest.update(version(name).encode())
    for path in (file, *(Path(str(module.__file__)) for module in _CODE_MODULES)):
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:32]


def _save_encoded(folder: Path, dataset: Dataset, report: EncodingReport) -> None:
    """Saves an entry whole or not at all. Where that fails, the records are encoded again next time."""
    disable_progress_bar()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own for each process: several cells may encode the same at once, and the first one stays.
        with TemporaryDirectory(dir=folder.parent, prefix=".") as made:
            dataset.save_to_disk(Path(made, "new"))
            Path(made, "new", "report.json").write_bytes(_REPORT.dump_json(report))
            Path(made, "new").rename(folder)
        older = sorted(folder.parent.glob("[!.]*"), key=lambda kept: kept.stat().st_mtime)[:-_MAX_ENTRIES]
        for old in older:
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        if not folder.is_dir():
            log.warning("encoded records are not kept in %s: %s", folder.parent, error)
