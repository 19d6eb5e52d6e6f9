"""Writes the model card of an export: README.md, with the front matter that the hub reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from hackmentor.export.card_facts import CellFacts
from hackmentor.export.compare_outputs import Comparison
from hackmentor.export.escape_markdown import escape_facts, escape_markdown

FormatName = Literal["adapter", "merged", "gguf", "ollama"]

_TEMPLATE = Path(__file__).with_name("card.jinja")
_RELATIONS = {"adapter": "adapter", "merged": "finetune", "gguf": "quantized", "ollama": "quantized"}
_LIBRARIES = {"adapter": "peft", "merged": "transformers", "gguf": "gguf", "ollama": "gguf"}
# Hub identifiers of licences; any other licence is "other", with its name.
_HUB_LICENCES = {"Apache-2.0": "apache-2.0", "MIT": "mit", "Llama 2 Community License": "llama2"}

_USAGE: Mapping[FormatName, str] = {
    "adapter": """The adapter goes on the untouched base, in any precision:

```python
from peft import AutoPeftModelForCausalLM
from transformers import AutoTokenizer

model = AutoPeftModelForCausalLM.from_pretrained("FOLDER")  # fetches {hub_id}
tokenizer = AutoTokenizer.from_pretrained("FOLDER")
```

or `vllm serve {hub_id} --enable-lora --lora-modules {name}=FOLDER --chat-template FOLDER/chat_template.jinja`.""",
    "merged": """```python
from transformers import pipeline

ask = pipeline("text-generation", "FOLDER")
print(ask([{{"role": "user", "content": "What is CWE-79?"}}], max_new_tokens=256)[0]["generated_text"][-1]["content"])
```

or `transformers serve`, or `vllm serve FOLDER`.""",
    "gguf": "`llama-server -m {file}` or any other program built on llama.cpp; the chat template is in the file.",
    "ollama": "`ollama create {name} -f Modelfile`, then `ollama run {name}`.",
}

_CITATION = """@inproceedings{hackmentor2023,
  title={HackMentor: Fine-tuning Large Language Models for Cybersecurity},
  author={Zhang, Jie and Wen, Hui and Deng, Liting and Xin, Mingfeng and Li, Zhi and Li, Lun and Zhu, Hongsong and
          Sun, Limin},
  booktitle={IEEE International Conference on Trust, Security and Privacy in Computing and Communications (TrustCom)},
  year={2023}
}"""


def write_model_card(
    folder: Path,
    facts: CellFacts,
    format_name: FormatName,
    *,
    precision: str | None,
    file: str | None,
    comparisons: Sequence[Comparison],
) -> None:
    """Writes README.md.

    Args:
        folder: of the export.
        facts: about the cell.
        format_name: of the export.
        precision: of the weights; None for an adapter.
        file: name of the GGUF file; None if there is none.
        comparisons: of the export with the cell.
    """
    from huggingface_hub import ModelCard, ModelCardData

    facts = escape_facts(facts)
    hub_licence = _HUB_LICENCES.get(facts.licence, "other")
    data = ModelCardData(
        base_model=facts.hub_id,
        base_model_relation=_RELATIONS[format_name],
        library_name=_LIBRARIES[format_name],
        license=hub_licence,
        license_name=facts.licence if hub_licence == "other" else None,
        model_name=facts.name,
        pipeline_tag="text-generation",
        tags=list(facts.tags),
    )
    card = ModelCard.from_template(
        data,
        template_str=_TEMPLATE.read_text(encoding="utf-8"),
        name=facts.name,
        intro=_format_intro(facts, format_name, precision),
        usage=_USAGE[format_name].format(hub_id=facts.hub_id, name=facts.name, file=file),
        comparisons=[asdict(comparison) for comparison in comparisons],
        questions=comparisons[0].questions if comparisons else 0,
        measured_on="" if facts.quant == "none" else f" (base in {facts.quant})",
        **{key: getattr(facts, key) for key in ("findings", "safety", "records", "sources", "notices", "training")},
        verdict=facts.verdict,
        control="`<|im_start|>`",
        licence=_format_licence(folder, facts),
        citation=_CITATION,
    )
    (folder / "README.md").write_text(str(card), encoding="utf-8")


def _format_intro(facts: CellFacts, format_name: FormatName, precision: str | None) -> str:
    forms = {
        "adapter": "an adapter for",
        "merged": f"a fine-tune in {precision} of",
        "gguf": f"a GGUF file in {precision}, a fine-tune of",
        "ollama": f"a GGUF file in {precision} with a Modelfile, a fine-tune of",
    }
    return (
        f"`{facts.name}` is {forms[format_name]} [{facts.hub_id}](https://huggingface.co/{facts.hub_id}) "
        f"(`{facts.untuned}`) for questions about cybersecurity, made with HackMentor."
    )


def _format_licence(folder: Path, facts: CellFacts) -> str:
    files = sorted(file.name for file in folder.iterdir() if file.name.upper().startswith(("LICEN", "NOTICE", "USE_")))
    texts = [escape_markdown(name) for name in files]
    where = (
        f"its text is in {', '.join(texts)}" if texts else "its text was not beside the base: see its page on the hub"
    )
    return (
        f"The base is under {facts.licence} ({where}), and so is what was made of it. What was trained on keeps the "
        "terms in the table above; who passes on this model passes on their notices."
    )
