"""Token ids of a GGUF file by llama.cpp itself, if its Python package is installed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from hackmentor.export.compare_outputs import ExportError
from hackmentor.records.record import Message

# In a process of its own: a file that llama.cpp can't read may end the process. The server renders the file's own
# template and tokenises what it gives, as it does for each request to /v1/chat/completions.
_SCRIPT = """
import json, sys, urllib.request
import xllamacpp
settings = xllamacpp.CommonParams()
settings.model.path, settings.n_ctx, settings.verbosity, settings.warmup = sys.argv[1], 512, 0, False
settings.port, settings.n_gpu_layers = 0, 0
server = xllamacpp.Server(settings)
def post(path, body):
    request = urllib.request.Request(server.listening_address + path, json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    return json.load(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60))
found = []
for messages in json.loads(sys.stdin.read()):
    prompt = post("/apply-template", {"messages": messages})["prompt"]
    found.append(post("/tokenize", {"content": prompt, "add_special": True, "parse_special": True})["tokens"])
print("IDS" + json.dumps(found), flush=True)
"""
_TIMEOUT_SECONDS = 900


def is_llama_cpp_installed() -> bool:
    """Whether the Python package of llama.cpp (xllamacpp) is there."""
    return find_spec("xllamacpp") is not None


def tokenize_with_llama_cpp(file: Path, conversations: Sequence[Sequence[Message]]) -> list[list[int]]:
    """The prompts of conversations as llama.cpp's server encodes them with the template of a GGUF file.

    Raises:
        ExportError: if llama.cpp can't read the file or render its template.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT, str(file)],
            input=json.dumps(list(map(list, conversations))),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise ExportError(f"{file.name}: llama.cpp did not tokenise it within {_TIMEOUT_SECONDS} s") from error
    _, found, ids = done.stdout.rpartition("IDS")
    if done.returncode != 0 or not found:
        reason = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
        raise ExportError(f"{file.name}: llama.cpp can't tokenise with it ({reason})")
    return [list(map(int, row)) for row in json.loads(ids)]
