"""From a cell's configuration and a format to the writer of that format: the door where configuration ends."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hackmentor.cell.find import FoundCell
from hackmentor.config.schema import Config, Full, OllamaFormat
from hackmentor.config.schema.export import AdapterFormat, Format, GgufFormat, MergedFormat
from hackmentor.export import modelfile
from hackmentor.export.preflight import refuse_unlike_llama
from hackmentor.model.base import base_folder
from hackmentor.prompts.templates import has_go_template, load_go_template, load_template
from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from hackmentor.export.export_source import Source
    from hackmentor.export.writers import Writer
    from hackmentor.prompts.chat_template import ChatTemplate


def refuse_unfit(config: Config, fmt: Format, base: Mapping[str, Any]) -> None:
    """Raises UserError where a cell can't have a format; `base` is the config.json of its base. Imports no torch."""
    if isinstance(fmt, AdapterFormat) and isinstance(config.method, Full):
        raise UserError(f"{config.name}: method=full trained every weight, there is no adapter; use format=merged")
    if isinstance(fmt, GgufFormat | OllamaFormat):
        refuse_unlike_llama(base, config.untuned)
    if isinstance(fmt, OllamaFormat) and not has_go_template(name := config.base.templates[config.data.shape]):
        raise UserError(
            f"the template {name} has no Go version, which Ollama needs (hackmentor/prompts/go/{name}.tmpl); "
            "use format=gguf"
        )


def precision_of(fmt: Format) -> str | None:
    """The type of the weights; None for an adapter, which is copied as it is."""
    return None if isinstance(fmt, AdapterFormat) else fmt.dtype


def gguf_name(cell: str, fmt: Format) -> str | None:
    """The name of the GGUF file, where the format has one."""
    return f"{cell}-{fmt.dtype}.gguf" if isinstance(fmt, GgufFormat | OllamaFormat) else None


def source_of(found: FoundCell) -> Source:
    """The cell in plain types."""
    from hackmentor.export.export_source import Source

    config = found.config
    return Source(
        folder=found.folder,
        untuned=config.untuned,
        base=base_folder(config),
        quant=config.quant.name,
        full=isinstance(config.method, Full),
        trust_remote_code=config.base.trust_remote_code,
    )


def writer_of(found: FoundCell, source: Source, fmt: Format) -> tuple[Writer, bool]:
    """The writer of a format, and whether it keeps 32-bit weights to the last bit."""
    from hackmentor.export.writers import adapter_writer, gguf_writer, merged_writer

    if isinstance(fmt, AdapterFormat):
        return adapter_writer(source), True
    template = source.template()
    if isinstance(fmt, MergedFormat):
        return merged_writer(template, fmt.dtype, source.base), fmt.dtype == "fp32"
    file = str(gguf_name(found.name, fmt))
    facts = {"name": found.name, "license": found.config.base.licence, "finetune": found.config.data.name}
    write = gguf_writer(template, fmt.dtype, file, facts)
    if isinstance(fmt, OllamaFormat):
        write = _with_modelfile(write, found.config, template, file, fmt)
    return write, fmt.dtype == "f32"


def _with_modelfile(write: Writer, config: Config, template: ChatTemplate, file: str, fmt: OllamaFormat) -> Writer:
    name, system = config.base.templates[config.data.shape], config.base.system_prompt
    if load_template(name, system) != template.source:
        raise UserError(
            f"{config.name} was trained with another text of the template {name} than this version has, so its Go "
            "version may differ; use format=gguf, or train the cell again"
        )
    tokenizer = template.tokenizer
    text = modelfile.modelfile(
        file,
        load_go_template(name, str(tokenizer.eos_token)),
        [str(tokenizer.convert_ids_to_tokens(index)) for index in template.stop_ids],
        system=system,
        licence=config.base.licence,
        sampling=fmt,
    )

    def written(model: Any, folder: Path, asked: Any) -> Any:  # noqa: ANN401 - as Writer
        (folder / modelfile.NAME).write_text(text, encoding="utf-8")
        return write(model, folder, asked)

    return written
