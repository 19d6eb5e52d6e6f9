"""Cells, adapters and folders of a stranger's: they run nothing, read nothing elsewhere, and change no base."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from peft import get_peft_model
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING
from transformers import AutoModelForCausalLM, PreTrainedModel

from hackmentor.cli import main
from hackmentor.model.adapter import load_adapter
from hackmentor.model.adapter_settings import refuse_harmful_settings
from hackmentor.model.base_guard import base_kept
from hackmentor.model.identity import identify_base
from hackmentor.runtime.bounded_yaml import load_yaml, read_yaml
from hackmentor.runtime.errors import UserError

CELL = "smollm2-135m-lora-iio"


@pytest.fixture(scope="module")
def trained(tiny_words: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """outputs/ of a cell of the tiny model."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["train", "base=smollm2", "size=135m", "data=iio", *tiny_words, "tracker=none"]) == 0
    return folder / "outputs"


@pytest.fixture
def cell(trained: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it in the working directory, as if somebody had sent it."""
    shutil.copytree(trained, workplace / "outputs")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"hi\n")))
    return workplace / "outputs/adhoc" / CELL


def edit_json(file: Path, **changes: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def edit_base(cell: Path, **changes: object) -> None:
    config = yaml.safe_load((cell / "config.yaml").read_text())
    config["base"] |= changes
    (cell / "config.yaml").write_text(yaml.safe_dump(config))


def make_base_with_code(folder: Path, source: Path) -> Path:
    """A base whose config.json names code that leaves a file when it is run."""
    shutil.copytree(source, folder)
    (folder / "evil.py").write_text(f"open({str(folder.parent / 'ran')!r}, 'w')\nclass E: pass\n")
    edit_json(folder / "config.json", auto_map={"AutoConfig": "evil.E", "AutoModelForCausalLM": "evil.E"})
    edit_json(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.E", "evil.E"]})
    return folder


# F1


@pytest.mark.parametrize("words", [["chat", CELL], ["export", CELL], ["chat", f"adhoc/{CELL}", "compare=smollm2-135m"]])
def test_a_cell_can_not_have_code_run(
    words: list[str], cell: Path, workplace: Path, tiny_llama: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit_base(cell, trust_remote_code=True, path=str(make_base_with_code(workplace / "evil", tiny_llama)))
    assert main(words) == 2
    assert "the cell can't decide that such code is run" in capsys.readouterr().err
    assert not (workplace / "ran").exists()


def test_a_cell_without_proof_names_no_folder(cell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (cell / "card.json").unlink()
    assert main(["chat", CELL]) == 2
    assert "type base.path=" in capsys.readouterr().err


# F5


def swap_weights(cell: Path) -> None:
    from safetensors.torch import load_file, save_file

    file = cell / "adapter/adapter_model.safetensors"
    save_file({name: tensor * 1.01 for name, tensor in load_file(file).items()}, file, metadata={"format": "pt"})


def swap_template(cell: Path) -> None:
    file = cell / "adapter/chat_template.jinja"
    file.write_text(file.read_text() + " ")


def swap_settings(cell: Path) -> None:
    edit_json(cell / "adapter/adapter_config.json", lora_alpha=1)


def swap_tokenizer(cell: Path) -> None:
    file = cell / "adapter/tokenizer.json"
    file.write_text(file.read_text() + " ")


@pytest.mark.parametrize("swap", [swap_weights, swap_template, swap_settings, swap_tokenizer])
@pytest.mark.parametrize("verb", ["chat", "evaluate", "export"])
def test_exchanged_files_are_found_wherever_a_cell_is_used(
    verb: str, swap: Callable[[Path], None], cell: Path, tiny_words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    swap(cell)
    words = ["base=smollm2", "size=135m", "data=iio", *tiny_words, "tracker=none"] if verb == "evaluate" else [CELL]
    assert main([verb, *words]) != 0
    assert "not the file that training saved" in (said := capsys.readouterr().err) or "not those that training" in said


# F9


@pytest.mark.parametrize("where", ["adapter/vocab_extra.txt", "adapter/notes/x", "adapter/tokenizer.json"])
def test_a_link_out_of_an_adapter_is_not_followed(
    where: str, cell: Path, workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = workplace / "secret.txt"
    secret.write_text("the secret")
    link = cell / where
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(secret)
    for verb in ("chat", "export"):
        assert main([verb, CELL]) == 2
        assert "a link to" in capsys.readouterr().err
    assert not (cell / "export").exists() or not any((cell / "export").rglob("*.txt"))


def test_only_an_adapters_own_files_are_passed_on(cell: Path) -> None:
    (cell / "adapter/private-notes.txt").write_text("mine")
    (cell / "adapter/id_rsa").write_text("mine")
    assert main(["export", CELL, "format=adapter", "export.questions=[Why?]", "export.answer_tokens=2"]) == 0
    exported = {file.name for file in (cell / "export/adapter").iterdir()}
    assert {"adapter_config.json", "adapter_model.safetensors", "tokenizer.json"} <= exported
    assert not exported & {"private-notes.txt", "id_rsa"}


# F13


def test_a_linked_document_is_counted_and_not_read(workplace: Path) -> None:
    docs = workplace / "docs"
    docs.mkdir()
    secret = "The vault is behind the second door, and its code is written on the wall beside it. " * 8
    (workplace / "secret.md").write_text(f"# Secret\n\n{secret}")
    for number in range(20):
        page = f"Everyone may read page {number}, which is about patching server {number} before the week is over. " * 8
        (docs / f"open{number}.md").write_text(f"# Page {number}\n\n{page}")
    (docs / "linked.md").symlink_to(workplace / "secret.md")
    (docs / "kernel.md").symlink_to("/proc/kmsg")
    assert main(["data", "data=iio", "data.name=mine", f"data.sources=[{docs}]"]) == 0
    built = workplace / "data/mine"
    assert "behind the second door" not in (built / "train.jsonl").read_text() + (built / "eval.jsonl").read_text()
    left_out = json.loads((built / "card.json").read_text())
    assert "link to a file outside the folder" in json.dumps(left_out)


# F4


@pytest.fixture
def base(tiny_llama: Path) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(tiny_llama).eval()


def compute_logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        logits: torch.Tensor = model(torch.arange(40).unsqueeze(0)).logits
    return logits


STARTS = ["pissa", "pissa_niter_4", "olora", "corda", "loftq", "lora_ga"]


@pytest.mark.parametrize("start", STARTS)
def test_a_start_that_changes_the_base_is_refused(start: str, cell: Path, base: PreTrainedModel) -> None:
    edit_json(cell / "adapter/adapter_config.json", init_lora_weights=start)
    shutil.move(cell / "adapter", cell.parent / "foreign")
    before = compute_logits(base)
    with pytest.raises(UserError, match="path_initial_model_for_weight_conversion"):
        load_adapter(base, cell.parent / "foreign", identify_base("tiny", Path(base.name_or_path)))
    assert torch.equal(compute_logits(base), before)


@pytest.mark.parametrize("kind", sorted(str(kind.value) for kind in PEFT_TYPE_TO_CONFIG_MAPPING))
def test_the_base_stays_the_base_with_every_kind_of_adapter(
    kind: str, base: PreTrainedModel, tiny_llama: Path, tmp_path: Path
) -> None:
    identity = identify_base("tiny", tiny_llama)
    adapter = tmp_path / "adapter"
    if not save_adapter(kind, tiny_llama, adapter):
        pytest.skip(f"PEFT builds no {kind} on a tiny Llama by its defaults")
    before = compute_logits(base)
    try:
        tuned = load_adapter(base, adapter, identity)
    except UserError:
        assert torch.equal(compute_logits(base), before)
        return
    plain = tuned.unload() if hasattr(tuned.base_model, "unload") else tuned.get_base_model()
    assert torch.equal(compute_logits(plain), before)


def save_adapter(kind: str, base: Path, folder: Path) -> bool:
    """Saves an adapter of a kind, all of its numbers moved; whether PEFT can build one."""
    config_class: Any = next(found for name, found in PEFT_TYPE_TO_CONFIG_MAPPING.items() if str(name.value) == kind)
    fields = config_class.__dataclass_fields__
    settings: dict[str, Any] = {"task_type": "CAUSAL_LM"}
    if "target_modules" in fields:
        settings["target_modules"] = ["q_proj", "v_proj"]
    if "feedforward_modules" in fields:
        settings["feedforward_modules"] = []
    if "num_virtual_tokens" in fields:
        settings["num_virtual_tokens"] = 2
    torch.manual_seed(0)
    try:
        tuned = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config_class(**settings))
        for parameter in tuned.parameters():
            if parameter.requires_grad:
                parameter.data += 0.01 * torch.randn_like(parameter)
        tuned.save_pretrained(folder)
    except Exception:
        return False
    return True


def test_a_base_that_was_changed_all_the_same_is_noticed(base: PreTrainedModel, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="loading it changed"), base_kept(base, tmp_path):
        base.get_submodule("model.layers.0.self_attn.q_proj").weight.data.mul_(0.5)


# F17


@pytest.mark.parametrize(
    "settings",
    [
        {"target_modules": "(a+)+$"},
        {"target_modules": "((.*)*)*_proj"},
        {"target_modules": ".*.*.*.*.*.*q"},
        {"rank_pattern": {"(.+)+x": 8}},
        {"alpha_pattern": {"(" * 200: 8}},
        {"exclude_modules": "a{1,9}{1,9}{1,9}{1,9}"},
        {"layer_replication": [[0, 2]] * 2000},
        {"megatron_config": {"x": 1}, "megatron_core": "os"},
        {"lora_alpha": float("inf")},
        {"alpha_pattern": {"q_proj": float("nan")}},
        {"lora_dropout": float("-inf")},
    ],
    ids=lambda settings: str(settings)[:40],
)
def test_settings_that_cost_without_limit_or_mean_nothing_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="adapter"):
        refuse_harmful_settings(Path("adapter"), settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"target_modules": r".*\.language_model\..*(q_proj|v_proj)"},
        {"target_modules": ["q_proj", "model.layers.0.mlp.down_proj"], "init_lora_weights": True},
        {"rank_pattern": {"model.layers.0.self_attn.q_proj": 4, r"^model\.layers\.1\.": 8}},
        {"exclude_modules": "vision_tower.*|multi_modal_projector.*|audio_tower.*|embed_vision.*|embed_audio.*"},
        {"init_lora_weights": "gaussian"},
    ],
    ids=str,
)
def test_honest_settings_pass(settings: dict[str, Any]) -> None:
    refuse_harmful_settings(Path("adapter"), settings)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("text", [BOMB, "a: &a [*a]", "[" * 500 + "]" * 500, "x" * 2_000_000])
def test_yaml_stands_for_no_more_than_there_is_room_for(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(UserError, match=r"config\.yaml"):
        read_yaml(file)


def test_an_honest_yaml_is_read_with_its_aliases() -> None:
    assert load_yaml("a: &a [1, 2]\nb: *a\nc: {d: *a}") == {"a": [1, 2], "b": [1, 2], "c": {"d": [1, 2]}}


def test_a_parquet_file_of_one_row_again_and_again_is_refused(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"instruction": pa.array(["Why?"] * 2_000_000), "output": pa.array(["So."] * 2_000_000)})
    pq.write_table(table, workplace / "bomb.parquet", compression="zstd")
    assert main(["data", "data=iio", "data.name=mine", "data.sources=[bomb.parquet]"]) == 2
    assert "rows in" in capsys.readouterr().err
