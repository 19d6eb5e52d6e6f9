"""Find the files of a base model. Imports neither torch nor transformers, so that a missing model costs a second."""

from __future__ import annotations

import os
from pathlib import Path

from hackmentor.pretrained.quantisation import read_model_config
from hackmentor.pretrained.weight_files import WEIGHTS, describe_damage, list_weight_files, read_shard_names
from hackmentor.runtime.errors import UserError

__all__ = ["WEIGHTS"]

HUB_FILES = ("*.json", "*.safetensors", "*.model", "*.txt", "*.jinja", "README.md")


def get_pretrained_folder(models: Path, untuned: str) -> Path:
    """Where users put the weights of a base by hand, and where `hackmentor fetch` puts them: pretrained/llama-13b."""
    return models / "pretrained" / untuned


def locate_base(
    *, untuned: str, path: str | None, models: Path, hub_id: str, revision: str, model: str | None = None
) -> Path:
    """The folder with the weights and tokenizer of a base.

    Looks at the explicit path, then at models/pretrained/{base}-{size}, then into the local cache of the hub.
    Nothing is downloaded here: that is what `hackmentor fetch` is for.

    Args:
        untuned: the name of the base, {base}-{size}.
        path: a folder that the configuration names, the only place then.
        models: the folder above pretrained/.
        hub_id: the repository on the hub.
        revision: of it.
        model: the value of `model`, where that names the base. Models of several owners may have one name, so that
            then it is found by its repository alone.

    Raises:
        UserError: naming each place that was tried and why it did not do.
    """
    tried = []
    if path is not None:
        if (missing := describe_missing_files(Path(path))) is None:
            return Path(path)
        raise UserError(f"{'base.path' if model is None else 'model'}={path}: {missing}")
    folder = get_pretrained_folder(models, untuned)
    if model is None:
        if (missing := describe_missing_files(folder)) is None:
            return folder
        tried.append(f"{folder}: {missing}")
    cached = find_cached_snapshot(hub_id, revision)
    if cached is not None and (missing := describe_missing_files(cached)) is None:
        return cached
    tried.append(f"hub cache, {hub_id} at {revision[:12]}: {missing if cached is not None else 'not there'}")
    base, _, size = untuned.rpartition("-")
    ways = (
        f"base={base} size={size}`, put the folder there by hand, or name it with base.path=FOLDER"
        if model is None
        else f"model={model}`, or name a folder with model=FOLDER"
    )
    raise UserError(f"no weights for {untuned}. Tried:\n  " + "\n  ".join(tried) + f"\nRun `hackmentor fetch {ways}")


def describe_missing_files(folder: Path) -> str | None:
    """What a folder lacks to be a model, or None if it is complete."""
    if not folder.is_dir():
        return "there is no such folder"
    if odd := next((file.name for file in folder.iterdir() if not (file.is_file() or file.is_dir())), None):
        return f"{odd} is no file, but a pipe, a device or a link to nothing; remove it"
    if not (folder / "config.json").is_file():
        return "no config.json in it"
    try:
        read_model_config(folder)
    except ValueError as error:
        return str(error)
    if not any(True for pattern in WEIGHTS for _ in folder.glob(pattern)):
        return "no weights (*.safetensors) in it"
    weights = [file.name for pattern in WEIGHTS for file in folder.glob(pattern)]
    if all(name.startswith("consolidated") for name in weights):
        return f"its weights are in {weights[0]}, another program's form; transformers reads model.safetensors"
    if (folder / "adapter_config.json").is_file():
        return (
            "an adapter lies beside the base (adapter_config.json), and would be put on it; move it to its own folder"
        )
    if missing := _list_missing_shards(folder):
        return f"{missing[0]} is missing ({len(missing)} of its weight files)"
    if damage := next(filter(None, map(describe_damage, list_weight_files(folder))), None):
        return damage
    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "vocab.json")):
        return "no tokenizer in it"
    return None


def _list_missing_shards(folder: Path) -> list[str]:
    """Weight files that the folder's own index names and that are not there."""
    named: set[str] = set()
    for index in (*folder.glob("*.safetensors.index.json"), *_list_bin_indexes(folder)):
        named.update(read_shard_names(index))
    return sorted(name for name in named if not (folder / name).is_file())


def _list_bin_indexes(folder: Path) -> list[Path]:
    """The index of shards in PyTorch's own form, which is read only where there are no safetensors."""
    return [] if any(folder.glob("*.safetensors")) else list(folder.glob("*.bin.index.json"))


def find_cached_snapshot(hub_id: str, revision: str) -> Path | None:
    """The folder of a pinned revision in the local cache of the hub, if it is there."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(hub_id, revision=revision, allow_patterns=list(HUB_FILES), local_files_only=True))
    except LocalEntryNotFoundError:
        return None


def is_hub_offline() -> bool:
    """Whether the user forbade requests to the hub."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "TRUE", "YES", "ON")


def get_snapshot_commit(folder: Path) -> str | None:
    """The commit whose files a folder of the hub cache holds; None for another folder."""
    return folder.name if folder.parent.name == "snapshots" else None
