"""Turns a configuration into plain numbers: finds the files it refers to, and notes which are missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hackmentor.config.schema import Config, LoraSettings, Shape
from hackmentor.model.base import find_base_folder, get_role_policy, load_base_template
from hackmentor.model.config_geometry import read_geometry
from hackmentor.model.geometry import Geometry, describe_mismatch
from hackmentor.model.quantised import is_worth_keeping
from hackmentor.plan.devices import Device
from hackmentor.plan.estimate import TrainingRun
from hackmentor.plan.workload import RecordSample, sample_records
from hackmentor.pretrained.locate import WEIGHTS
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.records.dataset_folder import locate_dataset
from hackmentor.runtime.errors import UserError
from hackmentor.train.memory_model.recompute_choice import build_training_setup, choose_recomputation
from hackmentor.train.memory_model.training_setup import Precision, get_compute_dtype_bytes

# By the folder of the base, its settings and the shape of the data.
_templates: dict[tuple[Path, str, Shape], ChatTemplate] = {}

_DTYPE_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


@dataclass(frozen=True)
class PlanInputs:
    """The training run of a cell, and notes on what is missing or unexpected."""

    run: TrainingRun
    notes: list[str] = field(default_factory=list)


def collect_plan_inputs(config: Config, device: Device, sample: int | None) -> PlanInputs:
    """Collects everything that planning needs to know about a cell; `sample` limits the records that are tokenised.

    Raises:
        UserError: if there is neither the base nor its published geometry, or a file is unusable.
    """
    notes: list[str] = []
    folder = _find_base(config, notes)
    precision = device.resolve_precision(config.trainer.precision)
    geometry = _read_geometry(config, folder, notes)
    lora = config.method if isinstance(config.method, LoraSettings) else None
    if lora:
        geometry.resolve_targets(lora.targets)  # refuses what is no layer
    devices = _count_devices(config, notes)
    sharded = config.trainer.strategy == "fsdp"
    mapped_bytes = _count_mapped_bytes(config, folder, precision) if folder and not device.on_gpu else 0
    setup = build_training_setup(
        config, geometry, precision, on_gpu=device.on_gpu, devices=devices, mapped_bytes=mapped_bytes
    )
    if config.train.recompute == "auto":
        setup = choose_recomputation(setup, config.train.micro_batch_tokens, device.memory)
    if sharded:
        notes.append("the time is without that of gathering weights from the other devices, which their links decide")
    train, trainer = config.train, config.trainer
    run = TrainingRun(
        setup=setup,
        records=_sample_records(config, folder, sample, notes),
        cutoff=train.cutoff,
        overlength=train.overlength,
        batch_size=train.batch_size,
        micro_batch_tokens=train.micro_batch_tokens,
        epochs=trainer.max_epochs,
        max_steps=trainer.max_steps,
        devices=devices,
        seed=config.seed,
        held_out_records=(train.validations + 1) * train.validation_records,
    )
    return PlanInputs(run, notes)


def get_other_sizes(config: Config) -> Mapping[str, Geometry]:
    """Returns the published geometries of the base's other sizes, by name."""
    found = {
        name: checkpoint.geometry for name, checkpoint in config.base.checkpoints.items() if name != config.size.name
    }
    return {name: Geometry(**fields.model_dump()) for name, fields in found.items() if fields is not None}


def _find_base(config: Config, notes: list[str]) -> Path | None:
    """The folder of the base; None, with a note, if its published geometry is enough for planning."""
    try:
        return find_base_folder(config)
    except UserError as error:
        if config.base.path is not None or config.checkpoint.geometry is None:
            raise
        notes.append(f"{config.untuned} is not here, its published sizes are used; {str(error).splitlines()[-1]}")
        return None


def _read_geometry(config: Config, folder: Path | None, notes: list[str]) -> Geometry:
    stated = config.checkpoint.geometry
    published = Geometry(**stated.model_dump()) if stated is not None else None
    if folder is None:
        assert published is not None  # ensured by `_find_base`
        return published
    file = folder / "config.json"
    found = read_geometry(json.loads(file.read_text(encoding="utf-8")), str(file))
    if found.matrices:
        notes.append(
            f"{file}: parameters are counted on the model that it describes; what a layer keeps for its backward pass "
            "is estimated as of Llama's architecture"
        )
    if published is not None and (differs := describe_mismatch(found, published)):
        notes.append(f"{file}: {differs}; what the file says is used")
    return found


def _count_mapped_bytes(config: Config, folder: Path, precision: Precision) -> int:
    if config.quant.keep and not config.base.trust_remote_code and is_worth_keeping(folder):
        return 0  # quantised once, then read: the checkpoint is not mapped while the cell trains
    content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    stored = _DTYPE_BYTES.get(str(content.get("dtype") or content.get("torch_dtype")))
    if stored != get_compute_dtype_bytes(precision):
        return 0
    return sum(file.stat().st_size for file in folder.glob(WEIGHTS[0]))


def _sample_records(config: Config, folder: Path | None, sample: int | None, notes: list[str]) -> RecordSample | None:
    files = locate_dataset(config)
    try:
        files.read_hashes()
    except UserError as error:
        notes.append(f"{error}. Until then memory is that of full packs, and steps and time are not known")
        return None
    template = _load_template(config, folder) if folder is not None else None
    found = sample_records(
        files.train, template, max_records=config.train.max_records, seed=config.sampling_seed, sample_size=sample
    )
    if not found.tokenized:
        notes.append("tokens are estimated from the records' words, for there is no tokenizer")
    elif len(found.examples) < found.record_count:
        notes.append(f"tokens are counted on {len(found.examples):,} of {found.record_count:,} records (plan.sample)")
    return found


def _load_template(config: Config, folder: Path) -> ChatTemplate:
    """Loaded once, so that the cells of a grid share one template and tokenise the same records once."""
    settings = config.base.model_dump_json(exclude={"checkpoints"}) + repr(get_role_policy(config))
    key = folder, settings, config.data.shape
    if key not in _templates:
        _templates[key] = load_base_template(config, config.data.shape)
    return _templates[key]


def _count_devices(config: Config, notes: list[str]) -> int:
    devices = config.trainer.devices
    count = len(devices) if isinstance(devices, list) else devices
    if not isinstance(count, int) or count < 1:
        notes.append(f"trainer.devices={devices}: their number is not known here; planned for one")
        count = 1
    return count * config.trainer.num_nodes
