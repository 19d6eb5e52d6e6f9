"""hackmentor export: a trained cell as adapter, merged safetensors, GGUF file or Ollama model."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hackmentor.cell.find import TrainedCell, find_cell, split_name_and_overrides
from hackmentor.cell.foreign_base import check_foreign_base
from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest, compose_settings, hydra_initialized
from hackmentor.config.schema import ExportConfig
from hackmentor.export import preflight
from hackmentor.export.export_record import export_cache_key, is_already_exported
from hackmentor.model.base import find_base_folder
from hackmentor.runtime.files import folder_replaced, full_disk_reported, read_json_object
from hackmentor.runtime.links import refuse_outward_links
from hackmentor.runtime.lock import lock_held


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return run_command("export", argv, export)


def export(request: CommandRequest) -> int:
    """Writes the export, unless the same one exists already, and pushes it to the hub if export.push is set."""
    name, overrides = split_name_and_overrides(request.overrides)
    cell_overrides = [*overrides, f"cell={name}"] if name else overrides
    with hydra_initialized(request) as hydra:
        settings = compose_settings(hydra, replace(request, overrides=tuple(cell_overrides)), ExportConfig)
    found = _override_paths(find_cell(settings.cell, Path(settings.paths.outputs)), settings)
    refuse_outward_links(found.folder.adapter)
    check_foreign_base(
        found.folder.path,
        found.config.base.model_dump(),
        trust_key=None if settings.export.trust_remote_code else "export.trust_remote_code",
    )
    folder = _choose_export_folder(found, settings)
    cache_key = export_cache_key(found.folder, settings.format.model_dump(mode="json"))
    if settings.export.push is not None:
        preflight.check_hub_token()
    if is_already_exported(folder, cache_key):
        print(f"{folder}: already exported, complete and unchanged")
    else:
        precision = _check_feasible(found, settings, folder)
        with lock_held(
            folder.with_name(f".{folder.name}.lock"), "exported to", "name another with export.folder=FOLDER"
        ):
            _write_export(found, settings, folder, cache_key, precision)
    if settings.export.push is not None:
        from hackmentor.export.push_to_hub import push_to_hub

        print(
            f"sent to {push_to_hub(folder, settings.export.push, private=settings.export.private, message=found.name)}"
        )
    return 0


def _override_paths(found: TrainedCell, settings: ExportConfig) -> TrainedCell:
    """The cell with the paths of base and data that this command sets, if any."""
    paths_set = {key: path for key in ("models", "data") if (path := getattr(settings.paths, key)) is not None}
    paths = found.config.paths.model_copy(update={**paths_set, "outputs": settings.paths.outputs})
    return TrainedCell(found.folder, found.config.model_copy(update={"paths": paths}))


def _choose_export_folder(found: TrainedCell, settings: ExportConfig) -> Path:
    if settings.export.folder is not None:
        return Path(settings.export.folder)
    precision = getattr(settings.format, "dtype", None)
    return found.folder.path / "export" / "-".join(filter(None, [settings.format.name, precision]))


def _check_feasible(found: TrainedCell, settings: ExportConfig, folder: Path) -> preflight.MergePrecision:
    """The precision to compare in; raises UserError for every obstacle that can be found before torch is imported."""
    from hackmentor.export.formats import check_format_supported

    base = find_base_folder(found.config)
    check_format_supported(found, settings.format, read_json_object(base / "config.json") or {})
    base_parameters, adapter_parameters = (
        preflight.count_parameters(base),
        preflight.count_parameters(found.folder.adapter),
    )
    size = 4.0 * adapter_parameters
    if settings.format.name != "adapter":
        size = base_parameters * preflight.BYTES_PER_WEIGHT[settings.format.dtype]
    preflight.check_disk_space(folder, size)
    if settings.format.name == "merged" and found.config.method.name != "full":
        return preflight.choose_merge_precision(base_parameters)
    preflight.check_memory(base_parameters, copies=1 if settings.format.name == "adapter" else 3)
    return "float32"


def _write_export(
    found: TrainedCell,
    settings: ExportConfig,
    folder: Path,
    cache_key: dict[str, Any],
    precision: preflight.MergePrecision,
) -> None:
    import torch

    from hackmentor.export.card_facts import collect_cell_facts
    from hackmentor.export.export_record import write_export_record
    from hackmentor.export.formats import build_export_source, build_writer, get_gguf_file_name, get_precision
    from hackmentor.export.model_card import write_model_card
    from hackmentor.export.served_ids import verify_served_ids
    from hackmentor.export.writers import ComparisonSettings, export_and_compare

    start, fmt, options = time.monotonic(), settings.format, settings.export
    print(f"{found.name}: exporting to {folder}", flush=True)
    if precision != "float32":
        print("compared in bf16, as 32 bit would not fit into the free memory; merged in 32 bit, layer by layer")
    with full_disk_reported(f"the export in {folder}", "The cell is untouched"), folder_replaced(folder) as new:
        source = build_export_source(found)
        dtype: torch.dtype = getattr(torch, precision)
        write, exact = build_writer(found, source, fmt, dtype)
        comparison_settings = ComparisonSettings(options.questions, options.answer_tokens, options.as_trained, dtype)
        comparisons = export_and_compare(source, new, write, comparison_settings, exact=exact)
        facts, file = collect_cell_facts(found.config, found.folder), get_gguf_file_name(found.name, fmt)
        token_ids = verify_served_ids(source.load_chat_template(), new, file)
        write_model_card(new, facts, fmt.name, precision=get_precision(fmt), file=file, comparisons=comparisons)
        write_export_record(
            new, cache_key, [comparison.to_json() for comparison in comparisons], token_ids, time.monotonic() - start
        )
    for comparison in comparisons:
        print(f"against {comparison.against}: {comparison}")
    for program, outcome in token_ids.items():
        print(f"token ids by {program}: {outcome}")
    size = sum(entry.stat().st_size for entry in folder.iterdir())
    print(f"{folder}: {size / 1e6:,.1f} MB in {time.monotonic() - start:.0f} s, loaded back and compared")


if __name__ == "__main__":
    sys.exit(main())
