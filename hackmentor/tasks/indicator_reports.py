"""Made-up incident reports with indicators in them, for the task that extracts these.

All names are reserved ones (RFC 2606), all addresses those set aside for documentation (RFC 5737, RFC 3849).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from hackmentor.tasks.case import VERSION
from hackmentor.tasks.report_wordings import (
    COMPANIES,
    HEADS,
    MAILBOXES,
    NAME_WORDS,
    NOISE,
    OWN,
    PATH_WORDS,
    PRIVATE,
    SENTENCES,
    VERSIONS,
)
from hackmentor.tasks.task import make_random

REPORTS = 1_300
KINDS = ("ipv4", "domain", "url", "email", "md5", "sha256", "cve", "file")


@dataclass(frozen=True, slots=True)
class Report:
    """A report, the indicators in it by kind, and what looks like an indicator and is none, with the reason."""

    upstream_id: str
    text: str
    owner: str
    indicators: Mapping[str, tuple[str, ...]]
    decoys: tuple[tuple[str, str], ...]

    @property
    def split_key(self) -> str:
        """Each report is split by itself."""
        return self.upstream_id


def build_report(number: int) -> Report:
    """The report of a number; it is the same for every seed, so that a report has one side in all data sets."""
    draw = make_random(0, "report", VERSION, str(number))
    owner = f"{draw.choice(COMPANIES)}.example"
    wanted = draw.sample(KINDS, draw.randint(2, 5))
    if draw.random() < 0.06:
        wanted = []
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for kind in wanted:
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            value = _MAKERS[kind](draw)
            if value in found.setdefault(kind, []):
                continue
            found[kind].append(value)
            shown = defang(value, draw) if kind in DEFANGED else value
            lines.append(draw.choice(SENTENCES[kind]).format(value=shown, host=_make_host(draw)))
    decoys = _make_decoys(draw, owner)
    lines += [text for text, _, _ in decoys]
    lines += draw.sample(NOISE, draw.randint(1, 3) if wanted else 4)
    draw.shuffle(lines)
    text = _lay_out(draw, number, owner, [line.format(host=_make_host(draw)) for line in lines])
    kinds = {kind: tuple(sorted(found[kind])) for kind in KINDS if kind in found}
    return Report(f"report:{number:04d}", text, owner, kinds, tuple((value, why) for _, value, why in decoys))


def defang(value: str, draw: Random) -> str:
    """An address, name or mail address as reports write it, so that nobody follows it by mistake; or as it is."""
    style = draw.choice(("[.]", "[.]", "[.]", "last", "(dot)", "plain", "plain"))
    if style == "plain":
        return value
    scheme, colon, rest = value.partition("://")
    if colon:
        head, slash, path = rest.partition("/")
        return f"{scheme.replace('tt', 'xx')}{draw.choice(('://', '[:]//'))}{_defang_dots(head, style)}{slash}{path}"
    if "@" in value:
        value = value.replace("@", draw.choice(("[@]", "[at]")))
    return _defang_dots(value, style)


def _defang_dots(text: str, style: str) -> str:
    if style == "last":
        head, _, last = text.rpartition(".")
        return f"{head}[.]{last}"
    return text.replace(".", style)


def _make_host(draw: Random) -> str:
    return f"{draw.choice(('WS', 'SRV', 'LT', 'DC', 'MAIL', 'SQL'))}-{draw.randrange(1, 400):03d}"


def _make_ipv4(draw: Random) -> str:
    return f"{draw.choice(('192.0.2', '198.51.100', '203.0.113'))}.{draw.randrange(1, 255)}"


def _make_domain(draw: Random) -> str:
    word = f"{draw.choice(NAME_WORDS)}-{draw.choice(NAME_WORDS)}{draw.choice(('', '', str(draw.randrange(2, 99))))}"
    return (
        f"{draw.choice(('', '', 'cdn.', 'api.', 'login.', 'mx1.'))}{word}.{draw.choice(('example', 'test', 'invalid'))}"
    )


def _make_url(draw: Random) -> str:
    host = _make_domain(draw) if draw.random() < 0.7 else _make_ipv4(draw)
    path = "/".join(draw.sample(PATH_WORDS, draw.randint(1, 2)))
    end = draw.choice(("", ".php", ".js", f"?id={_make_hex(draw, 6)}"))
    return f"{draw.choice(('http', 'https'))}://{host}/{path}{end}"


def _make_email(draw: Random) -> str:
    return f"{draw.choice(MAILBOXES)}@{_make_domain(draw)}"


def _make_hex(draw: Random, length: int) -> str:
    return "".join(draw.choice("0123456789abcdef") for _ in range(length))


def _make_cve(draw: Random) -> str:
    return f"CVE-{draw.randint(2019, 2025)}-{draw.randint(1000, 49999)}"


def _make_file(draw: Random) -> str:
    suffix = draw.choice((".dll", ".exe", ".ps1", ".lnk", ".iso", ".hta"))
    return f"{draw.choice(NAME_WORDS)}_{draw.choice(PATH_WORDS)}{suffix}"


_MAKERS: Mapping[str, Callable[[Random], str]] = {
    "ipv4": _make_ipv4,
    "domain": _make_domain,
    "url": _make_url,
    "email": _make_email,
    "md5": lambda draw: _make_hex(draw, 32),
    "sha256": lambda draw: _make_hex(draw, 64),
    "cve": _make_cve,
    "file": _make_file,
}
DEFANGED = ("ipv4", "domain", "url", "email")


def _make_decoys(draw: Random, owner: str) -> list[tuple[str, str, str]]:
    """Sentences with what is no indicator: the sentence, the value and the reason."""
    private = f"10.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(1, 255)}"
    version = f"{draw.randrange(5, 12)}.0.{draw.randrange(10_000, 30_000)}.{draw.randrange(300, 5_000)}"
    own = f"{draw.choice(('mail', 'vpn', 'intranet', 'files'))}.{owner}"
    known = (
        (draw.choice(PRIVATE).format(value=private), private, "a private address"),
        (draw.choice(VERSIONS).format(value=version), version, "a version number"),
        (draw.choice(OWN).format(value=own), own, "the organisation's own system"),
    )
    return draw.sample(known, draw.choice((0, 1, 1, 2)))


def _lay_out(draw: Random, number: int, owner: str, lines: list[str]) -> str:
    head = draw.choice(HEADS).format(number=1000 + number, owner=owner)
    style = draw.randrange(4)
    if style == 0:
        body = "\n".join(f"- {line}" for line in lines)
    elif style == 1:
        hour, minute = draw.randrange(24), draw.randrange(60)
        stamps = [f"{hour:02d}:{(minute + 3 * place) % 60:02d}" for place in range(len(lines))]
        body = "\n".join(f"{stamp}  {line}" for stamp, line in zip(stamps, lines, strict=True))
    elif style == 2:
        middle = len(lines) // 2
        body = "\n\n".join(" ".join(part) for part in (lines[:middle], lines[middle:]) if part)
    else:
        body = " ".join(lines)
    return f"{head}\n\n{body}"
