"""Weights read tensor by tensor while a base is quantised or cast, so that its checkpoint is never there as a whole.

transformers maps the files of a checkpoint into memory. Where a tensor is not used as it stands there, the pages that
were read for it stay mapped until the last tensor is loaded, beside what was made of them: Llama-7B in nf4, of which
4 GiB stay, took 18.7. Read into memory of its own, each tensor is freed once it is quantised.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from safetensors import safe_open
from transformers import modeling_utils

from hackmentor.model.cpu.allocator import release_freed_memory

# In the header of a file, by torch's type.
_DTYPE_NAMES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}

# Tensors of fewer numbers leave no holes that are worth looking for.
_MIN_NUMBERS_TO_RELEASE = 10**5


@contextmanager
def weights_streamed(*, used_as_stored: torch.dtype | None) -> Iterator[None]:
    """Inside the block transformers reads safetensors files tensor by tensor, and maps only what is used as it stands.

    Args:
        used_as_stored: tensors of this type stay mapped, as weights that are neither quantised nor cast, and so do the
            codes of weights that are quantised in the file; None for no tensor.

    Pickled checkpoints stay as they are: torch maps these.
    """
    # safetensors before 0.6 knows no other way than to map a file.
    if "backend" not in inspect.signature(safe_open).parameters or not hasattr(modeling_utils, "safe_open"):
        yield
        return
    before = modeling_utils.safe_open
    modeling_utils.safe_open = lambda file, **arguments: _StreamedFile(file, used_as_stored, arguments)
    try:
        yield
    finally:
        modeling_utils.safe_open = before


class _StreamedFile:
    """As much of safetensors' `safe_open` as transformers uses to load a checkpoint."""

    def __init__(self, file: str, used_as_stored: torch.dtype | None, arguments: dict[str, Any]) -> None:
        self._mapped_dtype = None if used_as_stored is None else _DTYPE_NAMES.get(used_as_stored)
        self._mapped: Any = safe_open(file, **arguments)
        self._read: Any = safe_open(file, **{**arguments, "backend": "pread"})

    def keys(self) -> Sequence[str]:
        """The names of the file's tensors."""
        return self._mapped.keys()  # type: ignore[no-any-return]

    def metadata(self) -> dict[str, str] | None:
        """What the file says of itself."""
        return self._mapped.metadata()  # type: ignore[no-any-return]

    def get_slice(self, name: str) -> Any:  # noqa: ANN401 - a class of safetensors, or what stands in for it
        """A tensor that is read when it is indexed."""
        mapped = self._mapped.get_slice(name)
        if self._mapped_dtype is not None and not _is_cast(mapped.get_dtype(), self._mapped_dtype):
            return mapped
        return _StreamedSlice(self._read.get_slice(name))

    def get_tensor(self, name: str) -> torch.Tensor:
        """A whole tensor."""
        return self.get_slice(name)[...]  # type: ignore[no-any-return]

    def __enter__(self) -> _StreamedFile:
        return self

    def __exit__(self, *details: object) -> None:
        for file in (self._mapped, self._read):
            file.__exit__(*details)


def _is_cast(stored: str, wanted: str) -> bool:
    """Whether a tensor is cast when it is loaded: floating-point numbers are, codes of quantised weights stay."""
    return stored.lstrip("B").startswith("F") and stored != wanted


class _StreamedSlice:
    """A tensor of a file, read into memory of its own when it is indexed."""

    def __init__(self, stored: Any) -> None:  # noqa: ANN401
        self._stored = stored

    def __getitem__(self, place: Any) -> torch.Tensor:  # noqa: ANN401
        # What was freed since the last tensor lies in holes between what stays, too small for the next one.
        if torch.Size(self.get_shape()).numel() >= _MIN_NUMBERS_TO_RELEASE:
            release_freed_memory()
        tensor: torch.Tensor = self._stored[place]
        return tensor

    def get_shape(self) -> list[int]:
        """Its sizes."""
        return list(self._stored.get_shape())

    def get_dtype(self) -> str:
        """Its type, as the file's header calls it."""
        return str(self._stored.get_dtype())
