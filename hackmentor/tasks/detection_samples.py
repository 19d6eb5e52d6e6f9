"""Made-up samples and requests of made-up malware, for the task that writes YARA and Suricata rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hackmentor.tasks.case import VERSION
from hackmentor.tasks.task import make_random

FAMILIES = 320


@dataclass(frozen=True, slots=True)
class Family:
    """A made-up malware: what its files hold and what it sends; `clean` files and `harmless` requests look alike."""

    number: int
    name: str
    mutex: str
    path: str
    agent: str
    marker: str
    samples: tuple[str, ...]
    clean: tuple[str, ...]
    requests: tuple[Mapping[str, str], ...]
    harmless: tuple[Mapping[str, str], ...]

    @property
    def upstream_id(self) -> str:
        """Its id among all texts."""
        return f"family:{self.number:03d}"

    @property
    def split_key(self) -> str:
        """Its id."""
        return self.upstream_id


def build_family(number: int) -> Family:
    """The family of a number, the same for every seed."""
    draw = make_random(0, "family", VERSION, str(number))
    name = f"{draw.choice(FIRST)}{draw.choice(SECOND)}"
    mutex = f"Global\\{draw.choice(FIRST)}-{draw.randrange(16**6):06x}"
    path = f"/{draw.choice(PATHS)}/{draw.choice(PATHS)}.{draw.choice(('php', 'aspx', 'jsp'))}"
    agent = f"{draw.choice(AGENTS)}/{draw.randrange(1, 9)}.{draw.randrange(10)}"
    marker = f"{draw.choice(MARKERS)}={draw.randrange(16**4):04x}&k="
    noise = [f"MZ{draw.choice(SYSTEM)}", draw.choice(SYSTEM), f"build {draw.randrange(100, 999)}"]
    samples = tuple(
        "\n".join([noise[0], mutex, draw.choice(SYSTEM), f"{agent}", f"{path}?{marker}", f"seed {place}"])
        for place in range(3)
    )
    # Each of these has one of the strings: a rule that asks for any single one is too wide.
    clean = ("\n".join([*noise, agent]), "\n".join([*noise, path]), "\n".join([noise[0], "Global\\Updater", "update"]))
    host = f"{draw.choice(PATHS)}.{draw.choice(('example', 'test', 'invalid'))}"
    request = {"method": "POST", "host": host, "uri": path, "user_agent": agent}
    requests = tuple({**request, "body": f"{marker}{draw.randrange(16**8):08x}"} for _ in range(3))
    harmless = (
        {**requests[0], "uri": "/index.html", "body": "q=1"},
        {**requests[0], "user_agent": "Mozilla/5.0 (X11; Linux x86_64)"},
        {"method": "GET", "host": "www.vendor.example", "uri": "/", "user_agent": agent, "body": ""},
    )
    return Family(number, name, mutex, path, agent, marker, samples, clean, requests, harmless)


FIRST = (
    "Grey", "Silt", "Amber", "Hollow", "Brine", "Cinder", "Thorn", "Pale", "Rust", "Mute", "Lark", "Vane", "Moor",
    "Fen",
)  # fmt: skip
SECOND = (
    "Loader", "Needle", "Drift", "Crate", "Latch", "Moth", "Siphon", "Anchor", "Reed", "Spindle", "Ledger", "Burr",
)  # fmt: skip
PATHS = (
    "gate", "sync", "img", "task", "poll", "drop", "feed", "queue", "panel", "node", "check", "report", "media",
    "auth",
)  # fmt: skip
AGENTS = (
    "WinNetClient", "SysSync", "Updater-X", "HttpLite", "NetProbe", "MediaAgent", "CloudTick", "DataFetch",
)  # fmt: skip
MARKERS = (
    "id", "bot", "uid", "hw", "tag", "node", "sess",
)  # fmt: skip
SYSTEM = (
    "kernel32.dll", "CreateMutexA", "InternetOpenA", "HttpSendRequestA", "advapi32.dll", "RegSetValueExA",
    "ws2_32.dll",
)  # fmt: skip
