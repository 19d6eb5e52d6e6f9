"""Rules that concern several keys of a configuration at once."""

from __future__ import annotations

from collections.abc import Iterator

from hackmentor.config.schema import Config, FullSettings, LoraSettings, QuantSettings
from hackmentor.config.schema.training import OptimizerSettings, TrainerSettings


def find_conflicts(config: Config) -> Iterator[str]:
    """Yields one message for each pair of settings that contradict each other, with the way out."""
    base, size, method, quant = config.base, config.size, config.method, config.quant
    if config.model is not None and base.model is None:
        yield f"model={config.model} and base={base.name}: both name a base; leave base= and size= out, or model="
    if size.name not in base.checkpoints and base.name not in size.checkpoints:
        yield f"base={base.name} has no size {size.name}; it has {', '.join(base.checkpoints)}"
    if config.data.shape not in base.templates:
        yield f"base={base.name} has no template for {config.data.shape} data; add templates.{config.data.shape} to it"
    yield from _find_method_conflicts(method, quant)
    yield from _find_optimizer_conflicts(config.optimizer, method, config.trainer)
    if config.trainer.strategy == "fsdp":
        yield from _find_sharding_conflicts(method, quant)
    if config.trainer.accelerator == "cpu" and config.trainer.precision == "16-mixed":
        yield "trainer.precision=16-mixed needs a GPU; on a processor use 32-true"
    if config.trainer.max_steps == 0:
        yield "trainer.max_steps=0 trains nothing; use -1 for no limit"
    if config.train.micro_batch_tokens < config.train.cutoff:
        yield (
            f"train.micro_batch_tokens={config.train.micro_batch_tokens} is below train.cutoff={config.train.cutoff}: "
            "a record of the longest kind would not fit; lower the cutoff or raise the micro batch"
        )


def _find_method_conflicts(method: LoraSettings | FullSettings, quant: QuantSettings) -> Iterator[str]:
    if isinstance(method, FullSettings):
        if quant.name != "none":
            yield f"method=full trains every weight, and {quant.name} weights take no gradient; use quant=none"
        if method.dropout:
            yield f"method.dropout={method.dropout} applies to adapters, and method=full has none; leave it at 0"
        return
    if method.init != "default" and quant.name != "none":
        yield f"method.init={method.init} factors the weights, which {quant.name} weights can't be; use quant=none"
    if method.init != "default" and method.dora:
        yield (
            f"method.init={method.init} and method.dora=true: the adapter could not be converted to one for the "
            "unchanged base; use one of them"
        )
    if method.dora and quant.name == "int8":
        yield "method.dora=true: PEFT loses the scales of int8 weights when it measures them; use quant=nf4 or none"


def _find_sharding_conflicts(method: LoraSettings | FullSettings, quant: QuantSettings) -> Iterator[str]:
    if quant.name != "none":
        yield f"trainer.strategy=fsdp shards weights, which {quant.name} weights can't be; use quant=none"
    if isinstance(method, LoraSettings) and method.init != "default":
        yield (
            f"method.init={method.init} and trainer.strategy=fsdp: the adapter would be converted with a base that no "
            "device holds whole; use method.init=default"
        )


def _find_optimizer_conflicts(
    optimizer: OptimizerSettings, method: LoraSettings | FullSettings, trainer: TrainerSettings
) -> Iterator[str]:
    if optimizer.name != "adamw" and trainer.strategy == "fsdp":
        yield f"optimizer.name={optimizer.name} can't shard its moments; with trainer.strategy=fsdp use adamw"
    if optimizer.name.startswith("paged") and trainer.accelerator == "cpu":
        yield (
            f"optimizer.name={optimizer.name} moves moments between a GPU and host memory; on a processor use "
            f"{optimizer.name.removeprefix('paged_')}"
        )
    if optimizer.lora_plus is not None and isinstance(method, FullSettings):
        yield f"optimizer.lora_plus={optimizer.lora_plus} is of adapters, and method=full has none; leave it at null"
