"""Writes docs/reference.md from the schema, conf/ and experiments/: `make docs`.

What a key is for stands below its field in hackmentor/config/schema/, what an option is in the first lines of its file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from hydra.types import RunMode
from omegaconf import OmegaConf

from hackmentor.config.compose import CommandRequest, hydra_initialized
from hackmentor.config.help import VERBS
from hackmentor.config.schema import (
    ChatConfig,
    Config,
    ExportConfig,
    MarkConfig,
    RateConfig,
    RaySettings,
    Section,
    SlurmSettings,
    SyncConfig,
)
from hackmentor.runtime.paths import CONF_FOLDER, EXPERIMENTS_FOLDER

PAGE = Path(__file__).with_suffix(".md")
INTRO = """\
# Reference

Every command, every group with its options, every key with its type, default and purpose. This page is made from
`hackmentor/config/schema/`, `conf/` and `experiments/` by `make docs`; a test says when it is out of date.

`hackmentor VERB group=option key=value ...` sets any of it. `null` is "none", a list is written `'[a,b]'`, and a comma
without brackets is a sweep: `data=iio,turn` makes a cell of each (with `-m`, or within an experiment). A key or a value
that is not on this page is refused before anything is loaded. `${...}` takes the value of another key.
"""
KEYS = ("key", "takes", "default", "what it is")
KINDS = {"string": "text", "integer": "whole number", "number": "number", "null": "`null`", "object": "table"}
BOUNDS = {"exclusiveMinimum": ">", "minimum": "≥", "exclusiveMaximum": "<", "maximum": "≤"}
# The models of commands that compose something else than a cell, or more.
ALONE: dict[str, type[Section]] = {
    "chat": ChatConfig,
    "export": ExportConfig,
    "mark": MarkConfig,
    "rate": RateConfig,
    "sync": SyncConfig,
}
# The options of Hydra's own groups that have a model.
OF_HYDRA: dict[str, type[Section]] = {"launcher/ray": RaySettings, "launcher/slurm": SlurmSettings}
# Of a base: by size, too long for a table, and to be read in its file.
UNLISTED = "checkpoints"

Schema = Mapping[str, Any]
Values = Mapping[str, Any]


def page() -> str:
    """The whole page."""
    composed = {verb: _composed(verb) for verb in VERBS}
    of_cells = {verb: values for verb, values in composed.items() if verb not in ALONE}
    parts = [INTRO, "## Commands\n", *_commands(composed), "\n## Experiments\n", *_experiments()]
    parts += ["\n## The cell\n", *_of_model(Config, of_cells)]
    parts += ["\n## Where cells run, and what chooses them\n", *_of_hydra()]
    for verb, model in ALONE.items():
        parts += [f"\n## Keys of `hackmentor {verb}`\n", *_of_model(model, {verb: composed[verb]})]
    return "\n".join(parts) + "\n"


def _of_model(model: type[Section], composed: Mapping[str, Values]) -> Iterator[str]:
    """The keys of a model, and its sections one by one; of one that is a cell too, what it has beside."""
    whole = model.model_json_schema()
    known = Config.model_fields if issubclass(model, Config) and model is not Config else ()
    fields = {name: field for name, field in whole["properties"].items() if name not in known}
    single = {"properties": {name: field for name, field in fields.items() if not _models(field, whole)}}
    yield from _table(KEYS, _keys("", single, whole, next(iter(composed.values()))))
    for name, field in fields.items():
        if models := _models(field, whole):
            verb = next(verb for verb, values in composed.items() if name in values)
            yield f"\n### {name}\n\n{model.model_fields[name].description}\n"
            yield from _section(name, models, whole, verb, composed[verb][name])


def _composed(verb: str, option: str | None = None) -> dict[str, Any]:
    """What conf/ says for a verb, or for one option of a group alone, before `${...}` is resolved."""
    request = CommandRequest(verb.split()[-1])
    with hydra_initialized(request) as hydra:
        primary, overrides = (request.verb, []) if option is None else (None, [f"+{option}"])
        loaded = hydra.config_loader.load_configuration(primary, overrides, RunMode.RUN)
    return {key: OmegaConf.to_container(loaded)[key] for key in map(str, loaded) if key != "hydra"}  # type: ignore[call-overload,index]


def _commands(composed: Mapping[str, Values]) -> Iterator[str]:
    rows = []
    for verb, line in VERBS.items():
        own = [f"`{key}`" for key in composed[verb] if key not in composed["train"]]
        rows.append((f"`hackmentor {verb}`", f"{line[0].upper()}{line[1:]}.", ", ".join(own)))
    return _table(("command", "what it does", "keys that no other has"), rows)


def _experiments() -> Iterator[str]:
    files = sorted(EXPERIMENTS_FOLDER.glob("*.yaml"))
    return _table(("experiment", "what it is"), [(f"`experiment={file.stem}`", _about(file)) for file in files])


def _of_hydra() -> Iterator[str]:
    files = {
        file.relative_to(CONF_FOLDER).with_suffix("").as_posix(): file
        for file in sorted((CONF_FOLDER / "hydra").glob("*/*.yaml"))
    }
    yield from _table(
        ("option", "what it is"), [(f"`{'='.join(name.rsplit('/', 1))}`", _about(file)) for name, file in files.items()]
    )
    for name, model in OF_HYDRA.items():
        schema, values = model.model_json_schema(), OmegaConf.to_container(OmegaConf.load(files[f"hydra/{name}"]))
        yield f"\nWith the values of `hydra/{'='.join(name.rsplit('/', 1))}`:\n"
        yield from _table(KEYS, _keys("hydra.launcher.", schema, schema, values))  # type: ignore[arg-type]


def _section(name: str, models: Sequence[Schema], whole: Schema, verb: str, chosen: Values) -> Iterator[str]:
    """The keys of a section; where it is a group, its options before them."""
    files = sorted((CONF_FOLDER / name).glob("*.yaml"))
    if not files:
        yield from _table(KEYS, _keys(f"{name}.", models[0], whole, chosen))
        return
    options = {file: _composed(verb, f"{name}={file.stem}")[name] for file in files}
    yield from _table(("option", "what it is", "sets"), _options(name, options, chosen, models))
    for model in models:
        own = {file.stem: values for file, values in options.items() if _model_of(values, models) is model}
        shown = next((stem for stem, values in own.items() if values == chosen), next(iter(own)))
        yield f"\nWith the values of `{name}={shown}`:\n"
        yield from _table(KEYS, _keys(f"{name}.", model, whole, own[shown]))


def _options(
    name: str, options: Mapping[Path, Values], chosen: Values, models: Sequence[Schema]
) -> Iterator[tuple[str, ...]]:
    known = dict(_leaves(chosen))
    kind = _model_of(chosen, models)
    for file, values in options.items():
        changed = [f"`{key}={text}`" for key, text in _leaves(values) if key != "name" and known.get(key) != text]
        sets = ", ".join(changed) if _model_of(values, models) is kind else "keys of its own"
        sets = "the default" if values == chosen else sets
        yield f"`{name}={file.stem}`", _about(file), sets


def _model_of(values: Values, models: Sequence[Schema]) -> Schema:
    """The model of an option: the one that allows no name but such, else the one that leaves names open."""
    allowed = [(_choices(one["properties"].get("name", {})), one) for one in models]
    exact = [one for names, one in allowed if names and values["name"] in names]
    return (exact or [one for names, one in allowed if not names])[0]


def _leaves(tree: Values, prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict) and key != UNLISTED:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _yaml(list(value) if key == UNLISTED else value)


def _keys(prefix: str, model: Schema, whole: Schema, values: Values | None) -> Iterator[tuple[str, ...]]:
    """A row for each key; those of sections within follow it."""
    for name, field in model["properties"].items():
        value = field.get("default", ...) if values is None else values.get(name, field.get("default", ...))
        if inside := _models(field, whole):
            yield from _keys(f"{prefix}{name}.", inside[0], whole, value if isinstance(value, dict) else None)
            continue
        default = "" if value is ... or name == UNLISTED else "must be given" if value == "???" else f"`{_yaml(value)}`"
        yield f"`{prefix}{name}`", _takes(field), default, field["description"]
        for place, inner in (("[].", field.get("items")), (".*.", field.get("additionalProperties"))):
            for one in _models(inner if isinstance(inner, dict) else {}, whole):
                yield from _keys(f"{prefix}{name}{place}", one, whole, None)


def _models(field: Schema, whole: Schema) -> list[Schema]:
    """The sections that a field may hold."""
    if name := field.get("$ref", "").removeprefix("#/$defs/"):
        return [whole["$defs"][name]]
    return [model for key in ("anyOf", "oneOf") for one in field.get(key, ()) for model in _models(one, whole)]


def _takes(field: Schema) -> str:
    if choices := _choices(field):
        return ", ".join(f"`{_yaml(choice)}`" for choice in choices)
    if kinds := field.get("anyOf"):
        return " or ".join(map(_takes, kinds))
    if parts := field.get("prefixItems"):
        return f"list of {len(parts)}: {_takes(parts[0])}"
    if field.get("type") == "array":
        return "list of tables" if "$ref" in field["items"] else f"list of {_takes(field['items'])}"
    bounds = [f"{sign} {field[bound]}" for bound, sign in BOUNDS.items() if bound in field]
    return f"{KINDS[field['type']]} {', '.join(bounds)}".rstrip()


def _choices(field: Schema) -> list[Any]:
    if field.get("type") == "boolean":
        return [True, False]
    return [field["const"]] if "const" in field else list(field.get("enum", ()))


def _yaml(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _about(file: Path) -> str:
    """The comment that a file of conf/ or experiments/ begins with."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("# @package")]
    return " ".join(line.lstrip("# ") for line in takewhile(lambda line: line.startswith("#"), lines))


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in [header, ["---"] * len(header), *rows]:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
