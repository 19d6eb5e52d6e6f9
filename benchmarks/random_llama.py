"""Llama with random weights of a given geometry: quantised layer by layer in memory, or as a folder."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from bitsandbytes.nn import Linear4bit, Linear8bitLt
from peft import PeftModel
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

from hackmentor.model.adapter import add_lora
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template

GEOMETRY = {
    "7b": {"hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32},
    "13b": {"hidden_size": 5120, "intermediate_size": 13824, "num_hidden_layers": 40, "num_attention_heads": 40},
    "small": {"hidden_size": 512, "intermediate_size": 1376, "num_hidden_layers": 4, "num_attention_heads": 8},
    "tiny": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4},
}
VOCABULARY = 32_000


def random_llama(geometry: str, quant: str, device: torch.device, dtype: torch.dtype) -> PeftModel:
    """Frozen random weights in int8, nf4 or none, and the LoRA of the paper's grid (rank 8 on q and v) on them."""
    torch.manual_seed(0)
    config = LlamaConfig(vocab_size=VOCABULARY, max_position_embeddings=4096, **GEOMETRY[geometry])
    with torch.device("meta"):
        base = LlamaForCausalLM(config)
    for name, layer in list(base.named_modules()):
        if isinstance(layer, torch.nn.Linear):
            kind = "none" if name == "lm_head" else quant
            base.set_submodule(name, _linear(layer.in_features, layer.out_features, kind, device, dtype))
        elif type(layer).__name__ == "LlamaRMSNorm":
            layer.weight = torch.nn.Parameter(torch.ones(config.hidden_size, device=device, dtype=dtype))
    table = torch.randn(VOCABULARY, config.hidden_size, device=device, dtype=dtype) * 0.02
    base.set_input_embeddings(torch.nn.Embedding.from_pretrained(table))
    base.model.rotary_emb = LlamaRotaryEmbedding(config).to(device)
    base.requires_grad_(False)
    # PEFT asks these what the layers are.
    base.is_loaded_in_8bit, base.is_loaded_in_4bit = quant == "int8", quant == "nf4"
    base.set_attn_implementation("sdpa")
    targets = ["q_proj", "v_proj"]
    return add_lora(base, rank=8, alpha=16, dropout=0.0, targets=targets, source=f"random-{geometry}", revision="main")


def write_llama(folder: Path, geometry: str, std: float = 0.02) -> None:
    """A model folder in bf16 without a tokenizer, a file for every eight layers, written a file at a time.

    Its matrices are normally distributed around 0; `std` 0.02 is how models begin.
    """
    torch.manual_seed(0)
    config = LlamaConfig(vocab_size=VOCABULARY, max_position_embeddings=4096, **GEOMETRY[geometry])
    config.architectures, config.dtype = ["LlamaForCausalLM"], torch.bfloat16
    config.save_pretrained(folder)
    with torch.device("meta"):
        shapes = {name: tensor.shape for name, tensor in LlamaForCausalLM(config).state_dict().items()}
    files: dict[str, list[str]] = {}
    for name in shapes:
        layer = int(name.split(".")[2]) // 8 if ".layers." in name else "rest"
        files.setdefault(f"model-{layer}.safetensors", []).append(name)
    for file, names in files.items():
        tensors = {name: torch.ones(shapes[name], dtype=torch.bfloat16) for name in names}
        for tensor in tensors.values():
            if tensor.dim() == 2:  # norms stay at one
                tensor.normal_(std=std)
        save_file(tensors, folder / file, metadata={"format": "pt"})
    index = {"metadata": {}, "weight_map": {name: file for file, names in files.items() for name in names}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def _linear(inputs: int, outputs: int, quant: str, device: torch.device, dtype: torch.dtype) -> torch.nn.Linear:
    weight = torch.randn(outputs, inputs, device=device, dtype=dtype) * 0.02
    if quant == "none":
        layer = torch.nn.Linear(inputs, outputs, bias=False, device="meta")
        layer.weight = torch.nn.Parameter(weight, requires_grad=False)
        return layer
    if quant == "int8":
        made = Linear8bitLt(inputs, outputs, bias=False, has_fp16_weights=False, threshold=6.0, device="meta")
    else:
        made = Linear4bit(
            inputs, outputs, bias=False, compute_dtype=dtype, quant_type="nf4", compress_statistics=True, device="meta"
        )
    # Weights are quantised when they are moved to a device.
    old = made.weight
    made.weight = type(old)(weight.cpu(), requires_grad=False, **_how(old))
    return made.to(device)  # type: ignore[no-any-return]


def _how(weight: torch.nn.Parameter) -> dict[str, object]:
    names = ("has_fp16_weights", "quant_type", "compress_statistics", "blocksize", "quant_storage", "module")
    return {name: getattr(weight, name) for name in names if getattr(weight, name, None) is not None}


def word_template() -> ChatTemplate:
    """A tokenizer of whole words t0, t1, ... with a chat template: a record of so many words has so many tokens."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    control = ["<unk>", "<|im_start|>", "<|im_end|>"]
    words = [*control, *(f"t{number}" for number in range(VOCABULARY - len(control)))]
    inner = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, unk_token="<unk>", bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<unk>"
    )
    return ChatTemplate(tokenizer, load_template("chatml", None))
