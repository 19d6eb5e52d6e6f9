"""Real events by path: SigmaHQ's regression data, each with the rule that must match it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hackmentor.data.sources.sigma_rules import NAME
from hackmentor.runtime.links import leads_out

FOLDER = "regression_data"
MAX_BYTES = 1_000_000
MAX_VALUE = 4_000
# What tells one machine or one record from another and no rule reads.
LEFT_OUT = {"RuleName", "ProcessGuid", "ParentProcessGuid", "LogonGuid", "SourceProcessGUID", "TargetProcessGUID"}


@dataclass(slots=True)
class RegressionEvents:
    """Events by the id of their rule, each as fields and values, and the files that could not be read."""

    by_rule: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


def read_regression_events(folder: Path) -> RegressionEvents:
    """The events below a clone of SigmaHQ/sigma or its `regression_data`; none where there is no such folder.

    The file of an event is named by the id of its rule.
    """
    found = RegressionEvents()
    root = folder if folder.name == FOLDER else folder / FOLDER
    for path in sorted(root.rglob("*.json")) if root.is_dir() else ():
        if leads_out(path, folder) or path.stat().st_size > MAX_BYTES:
            found.unread.append(f"{NAME}: {path.name}")
            continue
        events = list(_iter_events(path.read_text(encoding="utf-8", errors="replace")))
        if events:
            found.by_rule.setdefault(path.stem, []).extend(events)
        else:
            found.unread.append(f"{NAME}: {path.name}")
    return found


def _iter_events(text: str) -> Iterator[dict[str, str]]:
    """The events of a file, which holds one object or several behind each other."""
    decoder, place = json.JSONDecoder(), 0
    while (place := text.find("{", place)) >= 0:
        try:
            content, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return
        event = content.get("Event") if isinstance(content, Mapping) else None
        if isinstance(event, Mapping):
            yield _flatten(event)


def _flatten(event: Mapping[str, Any]) -> dict[str, str]:
    """The fields that rules read: the id, channel and host of the event, and its data."""
    system = event.get("System", {})
    data = event.get("EventData") or event.get("UserData") or {}
    fields = {name: system[name] for name in ("EventID", "Channel", "Computer") if name in system}
    provider = system.get("Provider")
    if isinstance(provider, Mapping) and isinstance(provider.get("#attributes"), Mapping):
        fields["Provider_Name"] = provider["#attributes"].get("Name", "")
    # The data of some providers stand one level deeper, below the name of the event.
    nested = [data, *data.values()] if isinstance(data, Mapping) else []
    for part in nested:
        if isinstance(part, Mapping):
            fields |= {name: value for name, value in part.items() if name not in LEFT_OUT}
    return {
        name: str(value)
        for name, value in fields.items()
        if isinstance(value, str | int | float) and 0 < len(str(value)) <= MAX_VALUE
    }
