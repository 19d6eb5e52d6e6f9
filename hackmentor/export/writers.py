"""One export: written in its format, loaded back by another program's loader, compared with the cell."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, PreTrainedModel

from hackmentor.config.schema import GgufType, MergedType
from hackmentor.export.compare_outputs import Comparison, Exam, ExportError, Model, ask, compare, exam, refuse_different
from hackmentor.export.export_source import Source, merged
from hackmentor.export.gguf_model import write_gguf
from hackmentor.export.gguf_tokenizer import vocabulary
from hackmentor.export.precision import DTYPES, refuse_overflow, verify_weights
from hackmentor.prompts.chat_template import ChatTemplate

# Where tokenizers differ, they differ on these: spaces, digits, accents, other scripts, control tokens.
_PROBES = (
    "CWE-79 in 2024: <script>alert('x')</script>  two  spaces\n\n\ttab",
    "Zażółć gęślą jaźń, 安全 漏洞, 🔒 don't we'll 1234567890",
    "SELECT * FROM users WHERE id = '%s' -- comment",
)

Writer = Callable[[Model, Path, Exam], Model]
"""Writes a model into a folder, checks it, and returns what was loaded back."""


@dataclass(frozen=True)
class Questions:
    """What cell and export are asked; `as_trained`: the quantised state of the cell too."""

    texts: Sequence[str]
    answer_tokens: int
    as_trained: bool


def make(source: Source, folder: Path, write: Writer, questions: Questions, *, exact: bool) -> list[Comparison]:
    """Fills a folder with an export, and says how it differs from the cell.

    Args:
        source: the cell.
        folder: empty.
        write: of the format.
        questions: for the comparison.
        exact: whether the format keeps every bit of 32-bit weights, so that only rounding may differ.

    Raises:
        UserError: if the cell is damaged or does not fit its base.
        ExportError: if what was written is not the cell.
    """
    source.refuse_damaged()
    template = source.template()
    asked = exam(template, questions.texts, questions.answer_tokens)
    states = {}
    model = source.unquantised()
    kind = "the trained model" if source.full else "the adapter on the unquantised base"
    states[kind] = plain = ask(model, asked)
    if questions.as_trained and source.quant != "none" and not source.full:
        with source.as_trained() as trained:
            states[f"the cell as trained, on the base in {source.quant}"] = ask(trained, asked, plain)
    loaded = write(model, folder, asked)
    _take_licence(source.base, folder)
    said = ask(loaded, asked, plain)
    comparisons = [compare(against, other, said) for against, other in states.items()]
    if exact:
        refuse_different(comparisons[0])
    return comparisons


def adapter_writer(source: Source) -> Writer:
    """The adapter as it is: peft loads it on the untouched base."""

    def write(model: Model, folder: Path, _: Exam) -> Model:
        assert isinstance(model, PeftModel)
        for file in source.folder.adapter.iterdir():
            if file.is_file() and file.name != "README.md":
                shutil.copy2(file, folder / file.name)
        return PeftModel.from_pretrained(model.unload(), str(folder)).eval()

    return write


def merged_writer(template: ChatTemplate, precision: MergedType, base: Path) -> Writer:
    """The whole model as safetensors, with tokenizer, template and the tokens that end an answer."""

    def write(model: Model, folder: Path, asked: Exam) -> Model:
        whole = merged(model)
        weights = _weights(whole)
        refuse_overflow(weights, precision)
        whole.to(DTYPES[precision])
        whole.generation_config = _generation(base, asked)
        whole.save_pretrained(folder)
        whole.to(torch.float32)
        template.tokenizer.chat_template = template.source
        template.tokenizer.save_pretrained(folder)
        loaded = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        verify_weights(weights, loaded.state_dict(), precision)
        _verify_tokenizer(template, AutoTokenizer.from_pretrained(folder))
        return loaded

    return write


def gguf_writer(template: ChatTemplate, precision: GgufType, file: str, facts: Mapping[str, str]) -> Writer:
    """A GGUF file, read back by transformers' own loader of such files."""

    def write(model: Model, folder: Path, asked: Exam) -> Model:
        whole = merged(model)
        weights = _weights(whole)
        refuse_overflow(weights, precision)
        write_gguf(whole, vocabulary(template), folder / file, precision=precision, facts=facts)
        loaded = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()
        verify_weights(weights, loaded.state_dict(), precision, vectors="f32")
        _verify_tokenizer(template, AutoTokenizer.from_pretrained(folder, gguf_file=file))
        _verify_settings(whole, loaded, asked)
        return loaded

    return write


def _weights(model: PreTrainedModel) -> dict[str, torch.Tensor]:
    """Those in 32 bit, apart from the model: it is cast while it is saved."""
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def _generation(base: Path, asked: Exam) -> GenerationConfig:
    """As the base has it, with the tokens at which an answer of the cell ends."""
    known = (base / "generation_config.json").is_file()
    settings = GenerationConfig.from_pretrained(base) if known else GenerationConfig()
    settings.eos_token_id, settings.pad_token_id = list(asked.stops), asked.pad
    return settings


def _verify_tokenizer(template: ChatTemplate, read: object) -> None:
    """Raises ExportError where a tokenizer that was read back makes other tokens of a text."""
    control = [one.content for one in template.tokenizer.added_tokens_decoder.values()]
    # Control tokens alone: after one, Llama's tokenizer begins a word anew in some programs and not in others.
    for text in [*_PROBES, *control]:
        expected = template.tokenizer(text, add_special_tokens=False)["input_ids"]
        found = read(text, add_special_tokens=False)["input_ids"]  # type: ignore[operator]
        if found != expected:
            raise ExportError(f"the tokenizer that was written makes {found} of {text!r}, not {expected}")


def _verify_settings(whole: PreTrainedModel, loaded: PreTrainedModel, asked: Exam) -> None:
    """With the very weights of the file our model must say what the loaded one says: its other settings are right."""
    whole.load_state_dict(loaded.state_dict())
    ours = ask(whole, asked)
    refuse_different(compare("the model with the weights of the file", ours, ask(loaded, asked, ours)))


def _take_licence(base: Path, folder: Path) -> None:
    """The base's licence goes with its weights."""
    for file in base.iterdir():
        if file.is_file() and file.name.upper().startswith(("LICENSE", "LICENCE", "NOTICE", "USE_POLICY")):
            shutil.copy2(file, folder / file.name)
