"""What an analyst may find out about an alert: facts, how each is read, and what follows from it.

The facts are made up, and hosts, people, addresses and tickets too; addresses are those reserved for documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hackmentor.data.compose.attacked_host_facts import BAD_HOST
from hackmentor.data.compose.fact import Fact
from hackmentor.data.compose.host_facts import BENIGN_HOST
from hackmentor.data.compose.service_facts import BAD_SERVICE, BENIGN_SERVICE
from hackmentor.data.compose.unclear_facts import UNCLEAR_HOST, UNCLEAR_SERVICE
from hackmentor.data.hash_choice import HashChooser, hash_to_int
from hackmentor.data.sources.sigma import Alert

Verdict = Literal["benign", "escalate", "needs data"]
# Where the alert is about an account of a service, there is no host to isolate.
SERVICES = {"aws", "azure", "bitbucket", "gcp", "github", "kubernetes", "m365", "okta", "onelogin", "cisco", "google"}


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact about one alert: its slots filled and its wordings chosen."""

    text: str
    reading: str
    step: str


PEOPLE = (
    "A. Okafor", "B. Lindqvist", "C. Marchetti", "D. Nakamura", "E. Sørensen", "F. Haddad", "G. Pereira", "H. Novak",
    "I. Castellanos", "J. Wójcik", "K. Adeyemi", "L. Fournier", "M. Tanaka", "N. Iyer", "O. Brandt", "P. Kowalczyk",
    "R. Mbeki", "S. Jansen", "T. Oyelaran", "U. Petrov", "V. Romano", "W. Chen", "Y. Demir", "Z. Horvat",
)  # fmt: skip
SERVICE_ACCOUNTS = ("svc-deploy", "svc-backup", "svc-inventory", "svc-patch", "svc-report", "ci-release", "svc-sync")
HOSTS = {
    "windows": ("WKS", "SRV-FILE", "SRV-APP", "SRV-PRINT", "JUMP", "NB"),
    "macos": ("mac", "studio", "mbp"),
    "linux": ("web", "db", "build", "mail", "edge"),
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
POOLS: Mapping[tuple[bool, Verdict], tuple[Fact, ...]] = {
    (False, "benign"): BENIGN_HOST,
    (False, "escalate"): BAD_HOST,
    (False, "needs data"): UNCLEAR_HOST,
    (True, "benign"): BENIGN_SERVICE,
    (True, "escalate"): BAD_SERVICE,
    (True, "needs data"): UNCLEAR_SERVICE,
}


@dataclass(frozen=True, slots=True)
class Investigation:
    """What was found about one alert, and the verdict that it supports."""

    verdict: Verdict
    facts: tuple[Finding, ...]
    is_service: bool
    host: str


def investigate(alert: Alert, chooser: HashChooser, key: str = "") -> Investigation | None:
    """Facts about an alert that support one verdict: 21 % benign, 14 % that need more data, 64 % to escalate.

    None where the log source is neither a host's nor a service's: the facts would not fit.
    """
    is_service = alert.product in SERVICES
    if not is_service and alert.product not in HOSTS:
        return None
    # What is rated critical hardly occurs in normal operation.
    options = [verdict for verdict in VERDICTS if alert.level != "critical" or verdict != "benign"]
    verdict: Verdict = chooser.pick(f"verdict{key}", options)
    pool = POOLS[is_service, verdict]
    count = 2 if verdict == "needs data" else chooser.pick(f"count{key}", (2, 3))
    values = _draw_values(alert, chooser, key)
    facts = [_fill(fact, values, chooser) for fact in _choose_facts(pool, count, chooser, key)]
    return Investigation(verdict, tuple(facts), is_service, values["host"])


def _choose_facts(pool: tuple[Fact, ...], count: int, chooser: HashChooser, key: str) -> list[Fact]:
    """Some facts of a pool; where one explains the alert, that one and what supports it."""
    order = chooser.shuffle(f"facts{key}", pool)
    causes, support = [fact for fact in order if fact.is_cause], [fact for fact in order if not fact.is_cause]
    chosen = [*causes[:1], *support][:count]
    return chooser.shuffle(f"order{key}", chosen)


VERDICTS: tuple[Verdict, ...] = ("escalate",) * 9 + ("benign",) * 3 + ("needs data",) * 2


def _draw_values(alert: Alert, chooser: HashChooser, key: str) -> dict[str, str]:
    def number(slot: str, size: int) -> int:
        return hash_to_int(chooser.seed, chooser.upstream_id, chooser.task, f"{slot}{key}") % size

    prefix = chooser.pick(f"host{key}", HOSTS.get(alert.product, HOSTS["linux"]))
    owner, user = chooser.shuffle(f"people{key}", PEOPLE)[:2]
    return {
        "host": f"{prefix}-{number('hostnumber', 880) + 12}",
        "owner": owner,
        "user": user,
        "service_account": chooser.pick(f"service{key}", SERVICE_ACCOUNTS),
        "address": f"{chooser.pick(f'net{key}', NETWORKS)}.{number('address', 253) + 1}",
        "ticket": f"CHG-{number('ticket', 8999) + 1000}",
        "time": f"{number('hour', 24):02}:{number('minute', 60):02}",
        "day": chooser.pick(f"day{key}", DAYS),
        "count": str(number("count", 37) + 3),
        "hosts": str(number("hosts", 180) + 12),
        "nights": str(number("nights", 25) + 5),
        "windows": str(number("windows", 6) + 2),
        "gigabytes": str(number("gigabytes", 56) + 4),
        "people": str(number("people", 9) + 2),
    }


def _fill(fact: Fact, values: Mapping[str, str], chooser: HashChooser) -> Finding:
    reading, step = (chooser.pick(fact.text, options) for options in (fact.readings, fact.steps))
    return Finding(*(text.format(**values) for text in (fact.text, reading, step)))
