"""The cell that is exported, in plain types, and its weights in each state that an export is compared with."""

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
from hackmentor.model.cpu.dequantise import dequantised_once
from hackmentor.model.identity import identify
from hackmentor.model.load import Quantisation, load_base, weights_sha256
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json

_PROCESSOR = torch.device("cpu")


@dataclass(frozen=True)
class Source:
    """A finished cell. `full` is true where all weights were trained, so that there is no adapter."""

    folder: CellFolder
    untuned: str
    base: Path
    quant: Quantisation
    full: bool
    trust_remote_code: bool

    @property
    def name(self) -> str:
        """Of the cell."""
        return self.folder.path.name

    def template(self) -> ChatTemplate:
        """What the cell was trained with, as it was saved beside its weights."""
        tokenizer = load_tokenizer(self.folder.adapter)
        return ChatTemplate(tokenizer, str(tokenizer.chat_template))

    def refuse_damaged(self) -> None:
        """Compares the weights with their hash in the cell's card.

        Raises:
            UserError: if they are not what training saved.
        """
        saved = read_json(self.folder.card)["adapter"]["sha256"]
        if weights_sha256(self.folder.adapter) != saved:
            raise UserError(
                f"{self.folder.adapter}: the weights are not those that training saved (sha256 {saved[:12]} in "
                f"{self.folder.card.name}): damaged or exchanged. Restore the folder, or remove {self.folder.done} and "
                "train the cell again"
            )

    def unquantised(self) -> PeftModel | PreTrainedModel:
        """The cell on its base as the base was before any quantisation, in 32 bit on the processor.

        Raises:
            UserError: if the adapter is damaged or of another base; or as `load_base`.
        """
        if self.full:
            return load_base(self.folder.adapter, quant="none", dtype=torch.float32, device=_PROCESSOR)
        return load_adapter(self._base("none"), self.folder.adapter, identify(self.untuned, self.base))

    @contextmanager
    def as_trained(self) -> Iterator[PeftModel | PreTrainedModel]:
        """The cell on its base quantised as in training, and computing as evaluation does."""
        base = self._base(self.quant)
        with dequantised_once(base, evaluating=True):
            yield load_adapter(base, self.folder.adapter, identify(self.untuned, self.base))

    def _base(self, quant: Quantisation) -> PreTrainedModel:
        return load_base(
            self.base,
            quant=quant,
            dtype=torch.float32,
            device=_PROCESSOR,
            trust_remote_code=self.trust_remote_code,
        )


def merged(model: PeftModel | PreTrainedModel) -> PreTrainedModel:
    """The model with its adapter added to its weights; the model itself is used up."""
    return model.merge_and_unload(safe_merge=True) if isinstance(model, PeftModel) else model
