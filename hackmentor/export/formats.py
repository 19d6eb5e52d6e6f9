"""Builds the source and the writer of an export from the configuration of the cell and the format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hackmentor.cell.find import TrainedCell
from hackmentor.config.schema import Config, FullSettings, OllamaFormat
from hackmentor.config.schema.export import AdapterFormat, Format, GgufFormat, MergedFormat
from hackmentor.export import modelfile
from hackmentor.export.gguf_support import find_model_obstacle, find_tokenizer_obstacle, suggest_converter
from hackmentor.model.base import find_base_folder, get_quantised_folder
from hackmentor.prompts.templates import has_go_template, load_go_template, load_template
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json_object

if TYPE_CHECKING:
    import torch

    from hackmentor.export.export_source import ExportSource
    from hackmentor.export.writers import Writer
    from hackmentor.prompts.chat_template import ChatTemplate


def check_format_supported(found: TrainedCell, fmt: Format, base_config: Mapping[str, Any]) -> None:
    """Raises UserError if a cell can't have a format; `base_config` is its base's config.json. Imports no torch."""
    config = found.config
    if isinstance(fmt, AdapterFormat) and isinstance(config.method, FullSettings):
        raise UserError(f"{config.name}: method=full trained every weight, there is no adapter; use format=merged")
    if isinstance(fmt, GgufFormat | OllamaFormat):
        tokenizer = read_json_object(found.folder.adapter / "tokenizer.json")
        reason = find_model_obstacle(base_config) or (find_tokenizer_obstacle(tokenizer) if tokenizer else None)
        if reason:
            merged = str(found.folder.path / "export" / "merged-bf16")
            raise UserError(f"{config.untuned}: {reason}. {suggest_converter(found.name, merged, fmt.dtype)}")
    if isinstance(fmt, OllamaFormat) and not has_go_template(name := config.base.templates[config.data.shape]):
        raise UserError(
            f"the template {name} has no Go version, which Ollama needs (hackmentor/prompts/go/{name}.tmpl); "
            "use format=gguf"
        )


def get_precision(fmt: Format) -> str | None:
    """Returns the dtype of the exported weights; None for an adapter, which is copied unchanged."""
    return None if isinstance(fmt, AdapterFormat) else fmt.dtype


def get_gguf_file_name(cell: str, fmt: Format) -> str | None:
    """Returns the name of the GGUF file; None if the format has none."""
    return f"{cell}-{fmt.dtype}.gguf" if isinstance(fmt, GgufFormat | OllamaFormat) else None


def build_export_source(found: TrainedCell) -> ExportSource:
    """Converts a cell to plain types."""
    from hackmentor.export.export_source import ExportSource

    config = found.config
    return ExportSource(
        folder=found.folder,
        untuned=config.untuned,
        base_folder=find_base_folder(config),
        quant=config.quant.name,
        is_full_finetune=isinstance(config.method, FullSettings),
        trust_remote_code=config.base.trust_remote_code,
        quantised=get_quantised_folder(config),
    )


def build_writer(found: TrainedCell, source: ExportSource, fmt: Format, dtype: torch.dtype) -> tuple[Writer, bool]:
    """Builds the writer of a format; the bool says whether the format keeps float32 weights bit for bit.

    `dtype` is what a merged model is compared in.
    """
    from hackmentor.export.writers import build_adapter_writer, build_gguf_writer, build_merged_writer

    template = source.load_chat_template()
    if isinstance(fmt, AdapterFormat):
        return build_adapter_writer(source, template), True
    if isinstance(fmt, MergedFormat):
        return build_merged_writer(template, fmt.dtype, source.base_folder, dtype), fmt.dtype == "fp32"
    file = str(get_gguf_file_name(found.name, fmt))
    metadata = {"name": found.name, "license": found.config.base.licence, "finetune": found.config.data.name}
    write = build_gguf_writer(template, fmt.dtype, file, metadata)
    if isinstance(fmt, OllamaFormat):
        write = _add_modelfile(write, found.config, template, file, fmt)
    return write, fmt.dtype == "f32"


def _add_modelfile(write: Writer, config: Config, template: ChatTemplate, file: str, fmt: OllamaFormat) -> Writer:
    name, system = config.base.templates[config.data.shape], config.base.system_prompt
    spaced = load_template(name, system, space_after_bos=True) == template.source
    if not spaced and load_template(name, system) != template.source:
        raise UserError(
            f"{config.name} was trained with a different version of the template {name} than this one, so its Go "
            "translation may differ; use format=gguf, or train the cell again"
        )
    tokenizer = template.tokenizer
    text = modelfile.format_modelfile(
        file,
        # llama.cpp puts BOS before what Ollama renders.
        ('{{ " " }}' if spaced else "") + load_go_template(name, str(tokenizer.eos_token)),
        [str(tokenizer.convert_ids_to_tokens(index)) for index in template.generation_stop_ids],
        system=system,
        licence=config.base.licence,
        sampling=fmt,
    )

    def write_with_modelfile(model: Any, folder: Path, prompts: Any) -> Any:  # noqa: ANN401 - see Writer
        (folder / modelfile.MODELFILE_NAME).write_text(text, encoding="utf-8")
        return write(model, folder, prompts)

    return write_with_modelfile
