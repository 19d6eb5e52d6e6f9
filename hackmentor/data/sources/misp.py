"""Reads the MISP galaxy clusters that the package `pymispgalaxies` ships, without importing it."""

import json
import re
from collections.abc import Iterator
from typing import TypedDict, cast

from hackmentor.data.clean import clean_text
from hackmentor.data.sources.installed_packages import find_package_file

PACKAGE = "pymispgalaxies"
FOLDER = "data/misp-galaxy/clusters"
DEPRECATED = re.compile(r"\bthis (?:object|technique) (?:is|has been) deprecated\b", re.IGNORECASE)


class Cluster(TypedDict, total=False):
    """One value of a MISP galaxy cluster, as its JSON has it."""

    value: str
    description: str
    uuid: str
    meta: dict[str, list[str] | str]
    related: list[dict[str, str]]


def read_clusters(name: str) -> tuple[list[Cluster], int]:
    """The values of one MISP galaxy cluster file and its version number."""
    text = find_package_file(PACKAGE, f"{FOLDER}/{name}.json").read_text(encoding="utf-8")
    content = json.loads(text)
    return cast(list[Cluster], content["values"]), int(content["version"])


def get_external_id(cluster: Cluster) -> str:
    """The id that people use, such as T1059.001, M1042 or G0007."""
    return str(cluster["meta"].get("external_id", ""))


def get_name(cluster: Cluster) -> str:
    """The name without the id that MISP appends to it."""
    return clean_text(cluster["value"].removesuffix(f" - {get_external_id(cluster)}"))


def iter_related(cluster: Cluster, relation: str) -> Iterator[str]:
    """The uuids that the cluster points to by one kind of relation."""
    for link in cluster.get("related", []):
        if link["type"] == relation:
            yield link["dest-uuid"]


def is_revoked(cluster: Cluster) -> bool:
    """Whether another entry has replaced this one."""
    return any(True for _ in iter_related(cluster, "revoked-by"))


def is_deprecated(cluster: Cluster) -> bool:
    """Whether the entry's own text says that it is no longer in use."""
    return bool(DEPRECATED.search(cluster.get("description", "")[:300]))


def format_tactic(slug: str) -> str:
    """`command-and-control` as `Command and Control`."""
    return " ".join(word if word == "and" else word.capitalize() for word in slug.split("-"))
