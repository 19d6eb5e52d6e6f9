"""The help texts: made from the files of conf/, so that they list exactly the options there are."""

from __future__ import annotations

from pathlib import Path

from hackmentor.runtime.paths import CONF_FOLDER, EXPERIMENTS_FOLDER

VERBS = {
    "fetch": "bring base models to this machine",
    "data": "construct the data sets from security catalogues",
    "data teach": "let a teacher model write records: expand seeds, talk about texts, play roles",
    "data inspect": "show records as the model will see them, and what a cutoff does",
    "plan": "say what each cell will need before it is trained: memory, steps, time, and whether it fits",
    "train": "train one cell, or every cell of a grid",
    "evaluate": "compare cells with each other and with their untuned bases",
    "mark": "mark answers to a published exam, wherever they came from",
    "rate": "rate the models of a file of battles",
    "export": "make a trained cell into what other programs load: adapter, safetensors, GGUF, Ollama",
    "status": "list the cells of a grid: done, running, failed and why",
    "review": "show a grid in one page: verdict, leaderboard, curves, answers, every cell",
    "chat": "talk to a cell, an untuned base or any adapter, one or two at a time",
    "sync": "send what was tracked offline to the W&B server, and say what arrived",
}

# Verbs that work on files rather than on the cells of a grid: their keys are those of conf/VERB.yaml alone.
VERBS_ON_FILES = ("mark", "rate", "export", "sync")

EXAMPLES = {
    "fetch": (
        "hackmentor fetch base=smollm2 size=135m",
        "hackmentor fetch base=qwen3 size=8b",
        "hackmentor fetch model=Qwen/Qwen2.5-0.5B-Instruct",
    ),
    "data": (
        "hackmentor data",
        "hackmentor data data=iio",
        "hackmentor data data=turn data.max_train=500 seed=7",
    ),
    "data teach": (
        "hackmentor data teach job=expand job.count=1000 job.dry_run=true",
        "hackmentor data teach teacher=local teacher.model=NAME job=dialogues job.sources=[cwe]",
        "hackmentor data teach job=consult teacher.model=gpt-4.1 teacher.requests_per_minute=60",
    ),
    "data inspect": (
        "hackmentor data inspect base=smollm2 size=135m data=turn",
        "hackmentor data inspect experiment=embedded inspect.records=0 inspect.output=figures.json",
        "hackmentor data inspect inspect.ids=[CWE-89/cwe.dossier] inspect.tokens=true",
    ),
    "plan": (
        "hackmentor plan experiment=embedded",
        "hackmentor plan experiment=paper plan.device=rtx-4090",
        "hackmentor plan base=qwen3 size=8b quant=nf4 trainer=gpu plan.device=l4 plan.output=plan.json",
    ),
    "train": (
        "hackmentor train base=smollm2 size=135m data=iio",
        "hackmentor train -m model=Qwen/Qwen2.5-0.5B-Instruct,HuggingFaceTB/SmolLM2-360M-Instruct data=turn",
        "hackmentor train experiment=embedded",
    ),
    "evaluate": (
        "hackmentor evaluate experiment=embedded",
        "hackmentor evaluate experiment=embedded evaluate.records=100",
        "hackmentor evaluate -m base=smollm2 size=135m data=iio,turn",
    ),
    "mark": (
        "hackmentor mark exam=ctibench-mcq:cti-bench responses=answers.jsonl output=marks.json",
        "hackmentor mark exam=ctibench:cti-bench responses=cti-rcm-responses.tsv output=marks.json",
        "hackmentor mark exam=mcq:questions.csv responses=answers.csv output=marks.json",
    ),
    "rate": (
        "hackmentor rate battles=battles.json output=ratings.json",
        "hackmentor rate battles=battles.jsonl reference=llama-7b output=ratings.json",
        "hackmentor rate battles=battles.jsonl output=ratings.json rounds=10000 seed=7",
    ),
    "export": (
        "hackmentor export smollm2-135m-lora-iio",
        "hackmentor export smollm2-135m-lora-iio format=gguf format.dtype=q8_0",
        "hackmentor export embedded/smollm2-135m-lora-iio format=ollama",
    ),
    "status": (
        "hackmentor status experiment=embedded",
        "hackmentor status experiment=paper size=7b",
        "hackmentor status -m base=smollm2 size=135m data=iio,turn",
    ),
    "review": (
        "hackmentor review experiment=embedded",
        "hackmentor review experiment=embedded review.watch=true",
        "hackmentor review experiment=paper paths.outputs=/mnt/outputs review.hourly_price=2.5",
    ),
    "chat": (
        "hackmentor chat smollm2-135m-lora-iio",
        "hackmentor chat llama-13b chat.temperature=0",
        "hackmentor chat base=llama size=13b adapter=models/lora_models/llama-13b-lora-iio",
    ),
    "sync": (
        "hackmentor sync",
        "hackmentor sync experiment=embedded",
        "hackmentor sync dry_run=true store=/mnt/outputs/wandb",
    ),
}


def format_overview() -> str:
    """The help of `hackmentor` itself: its verbs, groups and some examples."""
    verbs = "\n".join(f"  {verb:<14}{line}" for verb, line in VERBS.items())
    return (
        "Fine-tune language models for cybersecurity as a named grid, and find out which fine-tune is best.\n\n"
        f"usage: hackmentor VERB [-m] [--config-dir DIR] [group=option] [key=value] ...\n\n{verbs}\n\n"
        f"{_format_groups()}\n\n"
        f"{_format_examples([EXAMPLES['data'][0], *EXAMPLES['train'][:1], EXAMPLES['train'][2]])}\n\n"
        "hackmentor VERB --help tells more of one command."
    )


def format_verb_help(verb: str) -> str:
    """The help of one verb: its usage, keys or groups, and examples."""
    if verb == "chat":
        return _format_chat_help()
    return _format_file_verb_help(verb) if verb in VERBS_ON_FILES else _format_cell_verb_help(verb)


def _format_file_verb_help(verb: str) -> str:
    keys = (CONF_FOLDER / f"{verb.split()[-1]}.yaml").read_text(encoding="utf-8").rstrip().splitlines()
    return (
        f"hackmentor {verb}: {VERBS[verb]}\n\n"
        f"usage: hackmentor {verb} key=value ...\n\n"
        "keys, with their defaults (??? must be given):\n"
        + "\n".join(f"  {line}" for line in keys if line and not line.startswith("#"))
        + f"\n\n{_format_examples(EXAMPLES[verb])}"
    )


def _format_chat_help() -> str:
    keys = (CONF_FOLDER / "chat.yaml").read_text(encoding="utf-8").partition("adapter:")
    return (
        f"hackmentor chat: {VERBS['chat']}\n\n"
        "usage: hackmentor chat [NAME] [--config-dir DIR] [group=option] [key=value] ...\n\n"
        "  NAME              a cell (from outputs/*/ or models/lora_models/), EXPERIMENT/CELL, or an untuned base;\n"
        "                    without it, the overrides choose the cell, as for train\n\n"
        "keys of its own, with their defaults:\n"
        + "\n".join(f"  {line}".rstrip() for line in "".join(keys[1:]).rstrip().splitlines())
        + f"\n\n{_format_groups()}\n\n{_format_examples(EXAMPLES['chat'])}\n\n"
        "In a pipe, the whole input is one message, and the answer alone comes out. Exit codes: 0 answered,\n"
        "2 a mistake in the request or the input, 130 Ctrl-C, 141 nobody reads the answer."
    )


def _format_cell_verb_help(verb: str) -> str:
    return (
        f"hackmentor {verb}: {VERBS[verb]}\n\n"
        f"usage: hackmentor {verb} [-m] [--config-dir DIR] [group=option] [key=value] ...\n\n"
        "  -m, --multirun    sweep: a,b,c after a key or group makes one cell of each\n"
        "  --config-dir DIR  a folder of your own beside conf/: DIR/base/mine.yaml adds base=mine\n"
        "  model=ORG/NAME    any causal language model of the hub, or model=FOLDER, in place of base= and size=\n\n"
        f"{_format_groups()}\n\n{_format_examples(EXAMPLES[verb])}\n\n"
        "Every key of conf/config.yaml and of the chosen options can be set: trainer.max_epochs=1"
    )


def _format_groups() -> str:
    folders = sorted(folder for folder in CONF_FOLDER.iterdir() if folder.is_dir() and folder.name != "hydra")
    lines = [_format_options(folder.name, folder) for folder in folders]
    lines.append(_format_options("experiment", EXPERIMENTS_FOLDER))
    lines.append("  experiment_name  any name: of the grid's folder in outputs/, in place of its file's or of adhoc")
    return "groups and their options:\n" + "\n".join(lines)


def _format_options(group: str, folder: Path) -> str:
    return f"  {group:<12}{', '.join(sorted(file.stem for file in folder.glob('*.yaml')))}"


def _format_examples(lines: tuple[str, ...] | list[str]) -> str:
    return "examples:\n" + "\n".join(f"  {line}" for line in lines)
