"""Writes an export in its format, loads it back with another program's loader, and compares it with the cell."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, PreTrainedModel

from hackmentor.config.schema import GgufType, MergedType
from hackmentor.export.compare_outputs import (
    Comparison,
    ComparisonPrompts,
    ExportError,
    Model,
    compare_outputs,
    encode_prompts,
    generate_outputs,
    verify_equal_logits,
)
from hackmentor.export.export_source import ExportSource, merge_and_unload
from hackmentor.export.gguf_model import write_gguf
from hackmentor.export.gguf_tokenizer import convert_tokenizer
from hackmentor.export.merge_shards import can_merge_by_layer, verify_merged_shards, write_merged_shards
from hackmentor.export.precision import DTYPES, check_fp16_range, verify_weights
from hackmentor.export.served_ids import verify_transformers_ids
from hackmentor.model.cpu.allocator import release_freed_memory
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.links import leads_out

# Texts on which tokenizers are likely to differ: spaces, digits, accents, other scripts, control tokens.
_TOKENIZER_PROBES = (
    "CWE-79 in 2024: <script>alert('x')</script>  two  spaces\n\n\ttab",
    "Zażółć gęślą jaźń, 安全 漏洞, 🔒 don't we'll 1234567890",
    "SELECT * FROM users WHERE id = '%s' -- comment",
)

# What PEFT and transformers save beside the weights of an adapter; nothing else of its folder is passed on.
ADAPTER_FILES = frozenset(
    {
        *("adapter_config.json", "chat_template.jinja", "tokenizer.json", "tokenizer_config.json", "tokenizer.model"),
        *("special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "vocab.txt", "spiece.model"),
    }
)

Loader = Callable[[], Model]
"""Loads back what was written."""

Writer = Callable[[Model, Path, ComparisonPrompts], Loader]
"""Writes a model into a folder and checks it; what it returns holds the model only where it is needed to load."""


@dataclass(frozen=True)
class ComparisonSettings:
    """The questions that cell and export answer; `as_trained` compares with the quantised state of the cell too.

    `dtype` is what models compute in, where their weights fit into memory so.
    """

    questions: Sequence[str]
    max_new_tokens: int
    as_trained: bool
    dtype: torch.dtype = torch.float32


def export_and_compare(
    source: ExportSource, folder: Path, write: Writer, comparison: ComparisonSettings, *, exact: bool
) -> list[Comparison]:
    """Writes an export into a folder and compares it with the cell.

    Args:
        source: the cell.
        folder: an empty folder.
        write: the writer of the format.
        comparison: what to compare.
        exact: whether the format keeps float32 weights bit for bit, so that logits may differ by rounding only.

    Raises:
        UserError: if the cell is damaged or does not fit its base.
        ExportError: if what was written is not the cell.
    """
    source.verify_weights_hash()
    template = source.load_chat_template()
    prompts = encode_prompts(template, comparison.questions, comparison.max_new_tokens)
    references = {}
    model = source.load_unquantised(comparison.dtype)
    unquantised = "the trained model" if source.is_full_finetune else "the adapter on the unquantised base"
    unquantised += "" if comparison.dtype == torch.float32 else ", computed in bf16"
    references[unquantised] = plain = generate_outputs(model, prompts)
    if comparison.as_trained and source.quant != "none" and not source.is_full_finetune:
        with source.loaded_as_trained(comparison.dtype) as trained:
            references[f"the cell as trained, on the base in {source.quant}"] = generate_outputs(
                trained, prompts, plain
            )
    load = write(model, folder, prompts)
    _copy_licence_files(source.base_folder, folder)
    del model
    release_freed_memory()
    exported = generate_outputs(load(), prompts, plain)
    comparisons = [compare_outputs(against, reference, exported) for against, reference in references.items()]
    if exact and comparison.dtype == torch.float32:
        verify_equal_logits(comparisons[0])
    return comparisons


def build_adapter_writer(source: ExportSource, template: ChatTemplate) -> Writer:
    """Builds a writer that copies the adapter unchanged; PEFT loads it back on the unquantised base.

    The tokenizer is written anew where HackMentor 0.1 saved one that loses the prefix space of Llama's.
    """

    def write(model: Model, folder: Path, _: ComparisonPrompts) -> Loader:
        assert isinstance(model, PeftModel)
        for file in source.folder.adapter.iterdir():
            if file.name in ADAPTER_FILES or file.match("adapter_model*"):
                shutil.copy2(file, folder / file.name)
        try:
            verify_transformers_ids(template, folder)
        except ExportError:
            template.tokenizer.save_pretrained(folder)
        return lambda: PeftModel.from_pretrained(model.unload(), str(folder)).eval()

    return write


def build_merged_writer(
    template: ChatTemplate, precision: MergedType, base_folder: Path, dtype: torch.dtype = torch.float32
) -> Writer:
    """Builds a writer of the merged model: safetensors, tokenizer, chat template and generation config.

    Layer by layer, where the adapter allows it: only such a model may be of another type than float32. `dtype` is what
    it is loaded back in.
    """

    def write(model: Model, folder: Path, prompts: ComparisonPrompts) -> Loader:
        if isinstance(model, PeftModel) and can_merge_by_layer(model):
            write_merged_shards(model, folder, precision)
            verify_merged_shards(model, folder, precision)
        elif dtype != torch.float32:
            raise UserError("this cell is merged as a whole, in 32 bit, for which there is too little memory here")
        else:
            _write_merged_whole(model, folder, precision)
        _build_generation_config(base_folder, prompts).save_pretrained(folder)
        template.tokenizer.chat_template = template.source
        template.tokenizer.save_pretrained(folder)
        _verify_tokenizer(template, AutoTokenizer.from_pretrained(folder))
        return lambda: AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()

    return write


def _write_merged_whole(model: Model, folder: Path, precision: MergedType) -> None:
    """Writes a model whose weights are all there in float32, and again as they are read back."""
    merged = merge_and_unload(model)
    weights = _clone_weights(merged)
    check_fp16_range(weights, precision)
    merged.to(DTYPES[precision])
    merged.save_pretrained(folder)
    loaded = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    verify_weights(weights, loaded.state_dict(), precision)


def build_gguf_writer(template: ChatTemplate, precision: GgufType, file: str, metadata: Mapping[str, str]) -> Writer:
    """Builds a writer of a GGUF file, loaded back by transformers' GGUF loader."""

    def write(model: Model, folder: Path, prompts: ComparisonPrompts) -> Loader:
        merged = merge_and_unload(model)
        weights = _clone_weights(merged)
        check_fp16_range(weights, precision)
        write_gguf(merged, convert_tokenizer(template), folder / file, precision=precision, metadata=metadata)
        loaded = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()
        verify_weights(weights, loaded.state_dict(), precision, vector_precision="f32")
        _verify_tokenizer(template, AutoTokenizer.from_pretrained(folder, gguf_file=file))
        _verify_hyperparameters(merged, loaded, prompts)
        return lambda: loaded

    return write


def _clone_weights(model: PreTrainedModel) -> dict[str, torch.Tensor]:
    """Copies of the float32 weights, as the model is cast to another dtype to save it."""
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def _build_generation_config(base_folder: Path, prompts: ComparisonPrompts) -> GenerationConfig:
    """The generation config of the base, with the stop tokens of the cell."""
    has_config = (base_folder / "generation_config.json").is_file()
    settings = GenerationConfig.from_pretrained(base_folder) if has_config else GenerationConfig()
    settings.eos_token_id, settings.pad_token_id = list(prompts.stop_ids), prompts.pad_id
    return settings


def _verify_tokenizer(template: ChatTemplate, read: object) -> None:
    """Raises ExportError if a tokenizer that was read back splits a text into other tokens."""
    control_tokens = [token.content for token in template.tokenizer.added_tokens_decoder.values()]
    # Control tokens by themselves only: after one, some programs start a new word for Llama's tokenizer, others don't.
    for text in [*_TOKENIZER_PROBES, *control_tokens]:
        expected = template.tokenizer(text, add_special_tokens=False)["input_ids"]
        found = read(text, add_special_tokens=False)["input_ids"]  # type: ignore[operator]
        if found != expected:
            raise ExportError(f"the tokenizer that was written makes {found} of {text!r}, not {expected}")


def _verify_hyperparameters(merged: PreTrainedModel, loaded: PreTrainedModel, prompts: ComparisonPrompts) -> None:
    """Checks the file's hyperparameters: with its weights, our model must give the same logits as the loaded one."""
    merged.load_state_dict(loaded.state_dict())
    reference = generate_outputs(merged, prompts)
    verify_equal_logits(
        compare_outputs(
            "the model with the weights of the file", reference, generate_outputs(loaded, prompts, reference)
        )
    )


def _copy_licence_files(base_folder: Path, folder: Path) -> None:
    """Copies the licence files of the base into the export."""
    for file in base_folder.iterdir():
        is_licence = file.name.upper().startswith(("LICENSE", "LICENCE", "NOTICE", "USE_POLICY"))
        if is_licence and file.is_file() and not leads_out(file, base_folder):
            shutil.copy2(file, folder / file.name)
