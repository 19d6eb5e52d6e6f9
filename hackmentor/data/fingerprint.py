"""Digests that tell whether a dataset on disk is still what its arguments would build."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

# These commands are folders of the data stage too, and build no data set.
OTHER_VERBS = ("inspect", "teach")


@cache
def code_version() -> str:
    """Digest of the data stage's own files: templates and cleaning decide the result as much as the arguments do."""
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    files = (path for path in folder.rglob("*") if path.suffix in (".py", ".jsonl", ".yaml"))
    for path in sorted(path for path in files if path.relative_to(folder).parts[0] not in OTHER_VERBS):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def fingerprint(arguments: Mapping[str, object], packages: Mapping[str, str]) -> str:
    """Hex digest of the arguments, the code and the package versions."""
    facts = {"arguments": dict(arguments), "code": code_version(), "packages": dict(packages)}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
