"""From a configuration to plain numbers: what lies where is looked up here, and what is missing is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from hackmentor.config.schema import Config, Lora
from hackmentor.model.base import base_folder
from hackmentor.model.geometry import Geometry, from_config_json, mismatch
from hackmentor.model.locate import WEIGHTS
from hackmentor.model.quantised import is_worth_keeping
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.plan.devices import Device
from hackmentor.plan.estimate import Task
from hackmentor.plan.training_setup import Precision, Setting, computed_bytes
from hackmentor.plan.workload import Sampled, sampled
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template
from hackmentor.records.dataset_folder import data_folder
from hackmentor.runtime.errors import UserError

_DTYPE_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


@dataclass(frozen=True)
class Known:
    """A cell as a task, and in sentences what was not there or is not as expected."""

    task: Task
    notes: list[str] = field(default_factory=list)


def known(config: Config, device: Device, sample: int | None) -> Known:
    """Everything that planning needs to know of a cell.

    Raises:
        UserError: if neither the base nor published sizes of it are there, or what is there is not usable.
    """
    notes: list[str] = []
    folder = _base(config, notes)
    precision = device.precision(config.trainer.precision)
    geometry = _geometry(config, folder, notes)
    lora = config.method if isinstance(config.method, Lora) else None
    devices = _devices(config, notes)
    sharded = config.trainer.strategy == "fsdp"
    setting = Setting(
        geometry=geometry,
        quant=config.quant.name,
        precision=precision,
        rank=lora.rank if lora else None,
        targets=tuple(lora.targets) if lora else (),
        dropout=lora.dropout if lora else 0.0,
        on_gpu=device.on_gpu,
        mapped_bytes=_mapped_bytes(config, folder, precision) if folder and not device.on_gpu else 0,
        shards=devices if sharded else None,
    )
    if sharded:
        notes.append("the time is without that of gathering weights from the other devices, which their links decide")
    train, trainer = config.train, config.trainer
    task = Task(
        setting=setting,
        records=_records(config, folder, sample, notes),
        cutoff=train.cutoff,
        overlength=train.overlength,
        batch_size=train.batch_size,
        micro_batch_tokens=train.micro_batch_tokens,
        epochs=trainer.max_epochs,
        max_steps=trainer.max_steps,
        devices=devices,
        seed=config.seed,
        held_out=(train.validations + 1) * train.validation_records,
    )
    return Known(task, notes)


def other_sizes(config: Config) -> Mapping[str, Geometry]:
    """The published geometries of the base's other sizes."""
    found = {name: one.geometry for name, one in config.base.checkpoints.items() if name != config.size.name}
    return {name: Geometry(**one.model_dump()) for name, one in found.items() if one is not None}


def _base(config: Config, notes: list[str]) -> Path | None:
    """The folder of the base; None, with a note, where planning can do without."""
    try:
        return base_folder(config)
    except UserError as error:
        if config.base.path is not None or config.checkpoint.geometry is None:
            raise
        notes.append(f"{config.untuned} is not here, its published sizes are used; {str(error).splitlines()[-1]}")
        return None


def _geometry(config: Config, folder: Path | None, notes: list[str]) -> Geometry:
    stated = config.checkpoint.geometry
    published = Geometry(**stated.model_dump()) if stated is not None else None
    if folder is None:
        assert published is not None  # `_base` has seen to it
        return published
    file = folder / "config.json"
    found = from_config_json(json.loads(file.read_text(encoding="utf-8")), str(file))
    if published is not None and (differs := mismatch(found, published)):
        notes.append(f"{file}: {differs}; what the file says is used")
    return found


def _mapped_bytes(config: Config, folder: Path, precision: Precision) -> int:
    if config.quant.keep and not config.base.trust_remote_code and is_worth_keeping(folder):
        return 0  # quantised once, then read: the checkpoint is not mapped while the cell trains
    content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    stored = _DTYPE_BYTES.get(str(content.get("dtype") or content.get("torch_dtype")))
    if stored != computed_bytes(precision):
        return 0
    return sum(file.stat().st_size for file in folder.glob(WEIGHTS[0]))


def _records(config: Config, folder: Path | None, sample: int | None, notes: list[str]) -> Sampled | None:
    files = data_folder(config)
    try:
        files.sha256()
    except UserError as error:
        notes.append(f"{error}. Until then memory is that of full packs, and steps and time are not known")
        return None
    base = config.base
    template = (
        _template(folder, base.trust_remote_code, base.templates[config.data.shape], base.system_prompt)
        if folder is not None
        else None
    )
    found = sampled(files.train, template, max_records=config.train.max_records, seed=config.seed, most=sample)
    if not found.counted:
        notes.append("tokens are estimated from the records' words, for there is no tokenizer")
    elif len(found.examples) < found.records:
        notes.append(f"tokens are counted on {len(found.examples):,} of {found.records:,} records (plan.sample)")
    return found


@lru_cache(maxsize=16)
def _template(folder: Path, trust_remote_code: bool, template: str, system_prompt: str | None) -> ChatTemplate:
    """The same object for the same arguments, so that the cells of a grid count the same records once."""
    tokenizer = load_tokenizer(folder, trust_remote_code=trust_remote_code)
    return ChatTemplate(tokenizer, load_template(template, system_prompt))


def _devices(config: Config, notes: list[str]) -> int:
    devices = config.trainer.devices
    count = len(devices) if isinstance(devices, list) else devices
    if not isinstance(count, int) or count < 1:
        notes.append(f"trainer.devices={devices}: how many that are is not known here; planned for one")
        count = 1
    return count * config.trainer.num_nodes
