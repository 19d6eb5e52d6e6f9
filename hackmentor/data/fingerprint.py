"""Fingerprints that tell whether a dataset on disk is still what its arguments would build."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

PACKAGE_FOLDER = Path(__file__).parent.parent
# The code that decides the records. The folders of other commands in the data stage build no dataset.
CODE_FOLDERS = ("data", "records", "tasks")
OTHER_VERBS = ("data/inspect/", "data/teach/")
SUFFIXES = (".py", ".jsonl", ".yaml")


@cache
def hash_code() -> str:
    """Digest of the files that decide the records: templates, cleaning and readers count as much as the arguments."""
    digest = hashlib.sha256()
    files = (path for name in CODE_FOLDERS for path in (PACKAGE_FOLDER / name).rglob("*") if path.suffix in SUFFIXES)
    for path in sorted(files):
        name = path.relative_to(PACKAGE_FOLDER).as_posix()
        if not name.startswith(OTHER_VERBS):
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def compute_fingerprint(arguments: Mapping[str, object], packages: Mapping[str, str]) -> str:
    """Hex digest of the arguments, the code and the package versions."""
    fields = {"arguments": dict(arguments), "code": hash_code(), "packages": dict(packages)}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
