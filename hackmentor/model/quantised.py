"""The quantised weights of a large base, kept on disk: quantised once, read by every cell after it."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from hackmentor.model.cpu.allocator import release_freed_memory
from hackmentor.pretrained.locate import WEIGHTS
from hackmentor.runtime.files import folder_replaced, open_own, write_json
from hackmentor.runtime.lock import lock_awaited

if TYPE_CHECKING:
    from transformers import PreTrainedModel

log = logging.getLogger(__name__)

# Bytes of weights as they come. Below, quantising takes less than a second: not worth the room. (SmolLM2-135M, 538 MB:
# 1.0 s of a processor quantised, 0.2 s read.)
MIN_BYTES_TO_KEEP = 10**8


def read_or_quantise(
    source: Path,
    folder: Path,
    settings: dict[str, str],
    quantise: Callable[[Path], PreTrainedModel],
    read: Callable[[Path], PreTrainedModel],
) -> PreTrainedModel:
    """A quantised model: read if an earlier process has kept it, else quantised, and kept.

    Another process that wants the same waits meanwhile. What is read has the bits of what was quantised.

    Args:
        source: the base as it came.
        folder: where quantised ones are kept, each in a folder of its own, which can be removed at any time.
        settings: what decides the quantised bits, beside the source and the versions of what quantises.
        quantise: loads the source, quantised.
        read: loads a quantised one.
    """
    if not is_worth_keeping(source):
        return quantise(source)
    made_of = {
        **settings,
        **_get_library_versions(),
        "source": {file.name: _get_file_state(file) for file in _list_source_files(source)},
    }
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
    kept = folder / f"{settings['quant']}-{digest[:12]}"
    if not kept.is_dir():  # a folder of this name is whole, and may be another user's
        try:
            folder.mkdir(parents=True, exist_ok=True)
            open_own(folder / f"{kept.name}.lock", "a").close()
        except OSError as error:
            log.warning(
                "can't keep the quantised weights in %s (%s): every cell quantises anew", folder, error.strerror
            )
            return quantise(source)
        with lock_awaited(folder / f"{kept.name}.lock"):
            if not kept.is_dir():
                model = quantise(source)
                _save_quantised(model, kept, made_of)
                if not kept.is_dir():
                    return model
                # It is read again, as every later cell does: mapped, so that processes of one machine share it.
                del model
                release_freed_memory()
    log.info("reading the quantised weights in %s", kept)
    return read(kept)


def is_worth_keeping(source: Path) -> bool:
    """Whether the quantised weights of this base are kept, where there is room for them."""
    return sum(file.stat().st_size for file in _list_weight_files(source)) >= MIN_BYTES_TO_KEEP


def _list_weight_files(source: Path) -> list[Path]:
    return [file for pattern in WEIGHTS for file in sorted(source.glob(pattern))]


def _save_quantised(model: PreTrainedModel, kept: Path, made_of: Mapping[str, object]) -> None:
    size = model.get_memory_footprint()
    free = shutil.disk_usage(kept.parent).free
    if size > 0.5 * free:  # checkpoints need room as well
        log.warning("not keeping the quantised weights: %.1f GB, and %s has %.1f free", size / 1e9, kept, free / 1e9)
        return
    try:
        with folder_replaced(kept) as new:
            model.save_pretrained(new)
            write_json(new / "made_of.json", made_of)
    except OSError as error:
        log.warning("can't keep the quantised weights in %s: %s", kept, error)
        return
    log.info("kept the quantised weights for the next cells: %.1f GB in %s (quant.keep=false: don't)", size / 1e9, kept)


def _get_library_versions() -> dict[str, str]:
    return {name: version(name) for name in ("bitsandbytes", "transformers")}


def _list_source_files(source: Path) -> list[Path]:
    return [*_list_weight_files(source), source / "config.json"]


def _get_file_state(file: Path) -> list[int]:
    """Size and time of change: reading all of a large base to hash it would take as long as quantising it."""
    found = file.stat()
    return [found.st_size, found.st_mtime_ns]
