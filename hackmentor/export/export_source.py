"""The cell to export, in plain types, and its weights in each state that an export is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.cell.folder import CellFolder
from hackmentor.model.adapter import load_adapter
from hackmentor.model.base import load_saved_template
from hackmentor.model.identity import identify_base, refuse_altered_adapter
from hackmentor.model.load import Quantisation, load_base
from hackmentor.model.optimise import optimised_for_inference
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.links import refuse_outward_links

_CPU = torch.device("cpu")


@dataclass(frozen=True)
class ExportSource:
    """A finished cell. `is_full_finetune` says that all weights were trained, so that there is no adapter.

    `quantised` is where the quantised weights of its base are kept, None for nowhere.
    """

    folder: CellFolder
    untuned: str
    base_folder: Path
    quant: Quantisation
    is_full_finetune: bool
    trust_remote_code: bool
    quantised: Path | None = None

    @property
    def name(self) -> str:
        """The name of the cell."""
        return self.folder.path.name

    def load_chat_template(self) -> ChatTemplate:
        """Loads the chat template that the cell was trained with, saved beside its weights."""
        if (template := load_saved_template(self.folder.adapter, self.base_folder)) is None:
            raise UserError(f"{self.folder.adapter}: no tokenizer with a chat template in it; train the cell again")
        return template

    def verify_weights_hash(self) -> None:
        """Compares weights and files beside them with the hashes in the cell's card.

        Raises:
            UserError: if they are not those that training saved, or one is a link to elsewhere.
        """
        refuse_outward_links(self.folder.adapter)
        refuse_altered_adapter(self.folder.adapter)

    def load_unquantised(self, dtype: torch.dtype = torch.float32) -> PeftModel | PreTrainedModel:
        """Loads the cell on its unquantised base, on the CPU.

        Raises:
            UserError: if the adapter is damaged or of another base; or as `load_base`.
        """
        if self.is_full_finetune:
            return load_base(self.folder.adapter, quant="none", dtype=dtype, device=_CPU)
        base = self._load_base("none", dtype)
        return load_adapter(base, self.folder.adapter, identify_base(self.untuned, self.base_folder))

    @contextmanager
    def loaded_as_trained(self, dtype: torch.dtype = torch.float32) -> Iterator[PeftModel | PreTrainedModel]:
        """A context manager that gives the cell on its base quantised as in training, computing as in evaluation."""
        base = self._load_base(self.quant, dtype)
        with optimised_for_inference(base):
            yield load_adapter(base, self.folder.adapter, identify_base(self.untuned, self.base_folder))

    def _load_base(self, quant: Quantisation, dtype: torch.dtype) -> PreTrainedModel:
        return load_base(
            self.base_folder,
            quant=quant,
            dtype=dtype,
            device=_CPU,
            trust_remote_code=self.trust_remote_code,
            keep=self.quantised,
        )


def merge_and_unload(model: PeftModel | PreTrainedModel) -> PreTrainedModel:
    """Merges the adapter into the weights and returns the plain model. The given model must not be used any more."""
    return model.merge_and_unload(safe_merge=True) if isinstance(model, PeftModel) else model
