"""Figures in the seeds, computed anew from what the question gives."""

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address, ip_network
from math import ceil, comb

import pytest

from tests.data.seeds.blocks import texts

MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905
DATED = re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? (\d{1,2}) ([A-Z][a-z]{2})[a-z]* (20\d\d)")
EPOCH = re.compile(r"\b(\d{10}) is (?:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)|(\d{1,2}) ([A-Z][a-z]+) (\d{4}))")


def say(name: str) -> str:
    """All that a seed says, question and answer."""
    return "\n".join(text for found, _, text in texts() if found == name)


def minutes(start: str, end: str) -> float:
    return (datetime.fromisoformat(f"2026-01-01T{end}") - datetime.fromisoformat(f"2026-01-01T{start}")) / timedelta(
        minutes=1
    )


RECOMPUTED = [
    # seed, what its answer says, whether the figure is right
    ("llm-application-security-9", "3/120", 4 * 3 * 10 == 120 and round(3 / 120, 3) == 0.025),
    ("cvss-scoring-6", "is 8.47, rounded up to a tenth: the temporal score is 8.5", ceil(9.8 * 0.91 * 0.95 * 10) == 85),
    ("cvss-scoring-12", "100 seconds", 5_000 * 0.020 == 100),
    ("c-review-1", "58 characters", 64 - len("user=") - 1 == 58),
    ("c-review-2", "0x10000001 * 16 wraps to 16", 0x10000001 * 16 % 2**32 == 16),
    ("c-review-2", "64 GiB", 2**32 * 16 == 64 * 2**30),
    ("rust-review-4", "2^32", 65_536 * 65_536 == 2**32),
    ("typescript-review-4", "16 MiB", 128 * 2**14 * 8 == 16 * 2**20),
    ("typescript-review-4", "128 MiB", 128 * 2**17 * 8 == 128 * 2**20),
    ("windows-log-triage-2", "18 minutes", minutes("07:40", "07:58") == 18),
    ("windows-log-triage-9", "42 minutes", int(minutes("16:05:44", "16:48:10")) == 42),
    ("windows-log-triage-6", "0x1010", 0x1000 & 0x10 == 0 and 0x1010 & 0x10 == 0x10),
    ("linux-log-triage-1", "51 seconds", minutes("03:11:40", "03:12:31") * 60 == 51),
    ("linux-log-triage-7", "1,440", 24 * 60 == 1_440),
    ("network-log-triage-1", "254 hosts", 41 + 213 == 254),
    ("network-log-triage-2", "3.9 to 4.3 GB", pytest.approx(3.9) == 3.7 + 0.2 and pytest.approx(4.3) == 3.7 + 0.6),
    ("network-log-triage-4", "26 kB", round((18_904 + 7_112) / 1000) == 26),
    ("cloud-log-triage-3", "29 minutes", minutes("08:02", "08:31") == 29),
    ("report-extraction-4", "41 minutes", round(minutes("11:24:05", "12:05")) == 41),
    ("report-extraction-4", "its end 86", round(minutes("11:24:05", "12:50")) == 86),
    ("report-extraction-4", "11:39:00", minutes("11:39:00", "13:40:30") == 2 * 60 + 1.5),
    ("report-extraction-2", "empty file", hashlib.sha256(b"").hexdigest() in say("report-extraction-2")),
    ("information-security-management-4", "About 15 risks", 140 - 90 - 20 - 15 == 15),
    ("control-frameworks-7", "60 minutes", 5 + 5 + 20 + 5 + 15 + 10 == 60),
    ("injected-instructions-2", "16,600 EUR", 400 * 41.50 == 16_600),
    ("spl-4", "less than 20 kB", 200 * 100 <= 20_000),
    ("kql-6", "0.25", 0.2 / 3**0.5 < 0.25 < 0.5 / 3**0.5),
    ("dialogue-management-advice-1", "600,000", 10 * 60_000 == 600_000),
    ("dialogue-cloud-1", "10 TB", round(900 / 0.09 / 1_000) == 10),
    ("dialogue-ai-assistants-1", "other 22", 83 - 61 == 22),
    ("dialogue-pentest-planning-1", "seven days", 7 + 2 + 2 + 1 == 12),
    ("dialogue-detection-tuning-1", "870 of 900", 610 + 200 + 60 == 870),
    ("dialogue-threat-hunting-1", "leaves 8", 17 - 9 == 8),
    ("dialogue-orders-in-foreign-text-6", "difference of 1,200", 400 * 12 - 400 * 9 == 1_200),
]


@pytest.mark.parametrize("case", RECOMPUTED, ids=lambda case: f"{case[0]}: {case[1]}")
def test_a_figure_is_right(case: tuple[str, str, bool]) -> None:
    name, said, is_right = case
    assert said in say(name)
    assert is_right


def test_days_of_the_week_fit_their_dates() -> None:
    found = [(name, *match.groups()) for name, _, text in texts() for match in DATED.finditer(text)]
    assert len(found) >= 10
    for name, weekday, day, month, year in found:
        number = next(place for place, full in enumerate(MONTHS, start=1) if full.startswith(month))
        assert datetime(int(year), number, int(day), tzinfo=UTC).strftime("%a") == weekday, name


def test_unix_times_are_those_dates() -> None:
    found = [(name, *match.groups()) for name, _, text in texts() for match in EPOCH.finditer(text)]
    assert len(found) >= 2
    for name, epoch, stamp, day, month, year in found:
        then = datetime.fromtimestamp(int(epoch), UTC)
        wanted = f"{then:%Y-%m-%dT%H:%M:%SZ}" if stamp else f"{then.day} {MONTHS[then.month - 1]} {then.year}"
        assert (stamp or f"{day} {month} {year}") == wanted, name


def test_times_in_two_zones_are_the_same_moment() -> None:
    sent, received = "Sun, 21 Jun 2026 23:51:40 +0000", "Mon, 22 Jun 2026 01:51:44 +0200"
    assert sent in say("whole-mails-13")
    assert received in say("whole-mails-13")
    assert parsedate_to_datetime(received) - parsedate_to_datetime(sent) == timedelta(seconds=4)
    assert "Wed, 10 Jun 2026 03:41:02 -0700" in say("whole-mails-9")
    moment = parsedate_to_datetime("Wed, 10 Jun 2026 03:41:02 -0700")
    assert moment.astimezone(parsedate_to_datetime(received).tzinfo).strftime("%H:%M") == "12:41"


def test_labels_decode_to_what_is_said() -> None:
    labels = re.findall(r"TXT ([A-Za-z0-9]{8})\.c1", say("hidden-orders-10"))
    assert [base64.b64decode(label).decode() for label in labels] == ["hello1", "world2", "again3"]
    assert '"hello1", "world2", "again3"' in say("hidden-orders-10")


def test_an_address_lies_in_the_range_it_is_said_to() -> None:
    assert "198.51.100.9 lies in 198.51.100.0/28 (.0 to .15)" in say("dialogue-alert-triage-5")
    network = ip_network("198.51.100.0/28")
    assert ip_address("198.51.100.9") in network
    assert (network[0], network[-1]) == (ip_address("198.51.100.0"), ip_address("198.51.100.15"))


def test_nonces_repeat_as_late_as_is_said() -> None:
    """2^32 random nonces of 96 bits: the chance of a repetition is below NIST's 2^-32."""
    assert "2^32 messages" in say("dialogue-cryptography-advice-1")
    assert comb(2**32, 2) / 2**96 < 2**-32
