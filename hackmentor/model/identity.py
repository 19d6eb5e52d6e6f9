"""Which base an adapter belongs to: written into its card, and checked before it is put on one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hackmentor.cell.altered_files import read_adapter_card, refuse_altered_files
from hackmentor.pretrained.weight_files import hash_weight_samples
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json_object


@dataclass(frozen=True)
class BaseIdentity:
    """A base by name and by what is in its folder; None is what the folder's config.json does not say."""

    name: str
    family: str | None
    vocabulary: int | None
    layers: int | None
    width: int | None
    sha256: str

    def __str__(self) -> str:
        facts = f"{self.family}, {self.layers} layers of {self.width}, vocabulary {self.vocabulary}"
        return f"{self.name} ({facts}, weights {self.sha256[:12]})"

    def to_json(self) -> dict[str, Any]:
        """For the card."""
        return asdict(self)


@dataclass(frozen=True)
class BaseWeights:
    """A base by name, and by a hash of samples of its weights, which is cheap to compute before each training."""

    name: str
    sha256_of_samples: str

    def __str__(self) -> str:
        return f"{self.name} (weights {self.sha256_of_samples[:12]})"

    def to_json(self) -> dict[str, str]:
        """For done.json and a checkpoint's manifest."""
        return asdict(self)


def identify_base_weights(name: str, folder: Path) -> BaseWeights:
    """Which weights a base has. Raises UserError if a file of them is damaged."""
    return BaseWeights(name, hash_weight_samples(folder))


def refuse_other_weights(trained: str, began_on: Mapping[str, Any] | None, base: BaseWeights) -> None:
    """Refuses a base with other weights than those that a training began on.

    Args:
        trained: what began on it, as the subject of the message.
        began_on: as `BaseWeights.to_json`; None where an earlier version did not keep it, which passes.
        base: the base that is there now.

    Raises:
        UserError: naming both.
    """
    if began_on is None or began_on.get("sha256_of_samples") in (None, base.sha256_of_samples):
        return
    before = BaseWeights(str(began_on.get("name")), str(began_on["sha256_of_samples"]))
    raise UserError(
        f"{trained} was trained on {before}, and the base is now {base}: the name is the same, the weights are not. "
        "Put the other weights back (base.path=FOLDER, models/pretrained), give this one another "
        "experiment_name=NAME or name=NAME, or remove that folder to start over"
    )


@cache
def identify_base(name: str, folder: Path) -> BaseIdentity:
    """The identity of a base model in its folder; reads all of its weights, once a process."""
    from hackmentor.model.load import hash_weights

    config = read_json_object(folder / "config.json") or {}
    return BaseIdentity(
        name=name,
        family=config.get("model_type"),
        vocabulary=config.get("vocab_size"),
        layers=config.get("num_hidden_layers"),
        width=config.get("hidden_size"),
        sha256=hash_weights(folder),
    )


def refuse_altered_adapter(folder: Path) -> None:
    """Refuses an adapter, or a whole model, that is not what training saved, as the card beside it says.

    Raises:
        UserError: if its weights or a file beside them were changed or replaced.
    """
    from hackmentor.model.load import hash_weights

    expected = read_adapter_card(folder).get("sha256")
    if expected is not None and hash_weights(folder) != expected:
        raise UserError(
            f"{folder}: the weights are not those that training saved (sha256 {str(expected)[:12]} in card.json): "
            f"damaged or replaced. Restore the folder, or remove {folder.parent / 'done.json'} and train the cell again"
        )
    refuse_altered_files(folder)


def refuse_other_base(adapter: Path, base: BaseIdentity) -> None:
    """Refuses a base with other weights than those that an adapter was trained on, as the card beside it says.

    A base of the same weights may have another name. An adapter without a card passes.

    Raises:
        UserError: naming both.
    """
    card = read_json_object(adapter.parent / "card.json") or {}
    trained_on: dict[str, Any] = stated if isinstance(stated := card.get("base"), dict) else {}
    if trained_on.get("sha256", base.sha256) == base.sha256:
        return
    known: dict[str, Any] = {name: trained_on.get(name) for name in asdict(base)}
    raise UserError(
        f"{adapter} was trained on {BaseIdentity(**known)}; it can't be put on {base}. "
        "Name the base that it was trained on, with base=, size= or base.path="
    )
