"""Detection rules of the Sigma project, as the MISP galaxy summarises them: what an alert means, not its query."""

import re
from dataclasses import dataclass
from functools import cache

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish_sentence, trim_to_sentences
from hackmentor.data.sources.attack import read_attack
from hackmentor.data.sources.catalogue import Catalogue, EntryRef, Origin
from hackmentor.data.sources.installed_packages import get_package_version
from hackmentor.data.sources.misp import (
    PACKAGE,
    Cluster,
    format_tactic,
    read_clusters,
)

LICENCE = "Detection Rule License (DRL) 1.1"
NOTICE = (
    "Summaries of Sigma detection rules (https://github.com/SigmaHQ/sigma), Detection Rule License 1.1 "
    "(https://github.com/SigmaHQ/Detection-Rule-License). The author of the rule stands in the licence field of each "
    "record. Taken from the MISP galaxy (https://github.com/MISP/misp-galaxy)."
)
NO_FALSE_POSITIVE = re.compile(r"^(?:unknown|unlikely|none|likely|other|no established|n/?a|-|todo)", re.IGNORECASE)
TACTICS = {
    "reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation",
    "defense-evasion", "credential-access", "discovery", "lateral-movement", "collection", "command-and-control",
    "exfiltration", "impact",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert of a detection rule."""

    upstream_id: str
    name: str
    description: str
    level: str
    product: str
    category: str
    false_positives: tuple[str, ...]
    tactics: tuple[str, ...]
    techniques: tuple[EntryRef, ...]
    credit: str

    @property
    def split_key(self) -> str:
        """Variants of one rule for several log sources share their text, so they stay together."""
        return f"sigma:{self.description[:80].lower()}"


@cache
def load_sigma() -> Catalogue:
    """Every rule with a usable description. Raises UserError where the package or a file is missing."""
    version = get_package_version(PACKAGE)
    release = read_attack()
    names = {item.id: EntryRef(item.id, item.name) for item in release.iter_class("technique")}
    # A rule may be tagged with a technique that has been replaced since.
    names |= {old: names[new] for old in release.successors if (new := release.find_current_id(old)) in names}
    rules, upstream = read_clusters("sigma-rules")
    alerts: list[Alert] = []
    short: list[str] = []
    for rule in sorted(rules, key=lambda rule: rule["uuid"]):
        alert = _build_alert(rule, names)
        if len(alert.description.split()) < 7:
            short.append(alert.upstream_id)
        else:
            alerts.append(alert)
    origin = Origin("sigma", PACKAGE, version, f"misp-galaxy {upstream}", LICENCE, NOTICE)
    return Catalogue(origin, tuple(alerts), {"description too short": short})


def _build_alert(rule: Cluster, names: dict[str, EntryRef]) -> Alert:
    meta = rule["meta"]
    tags = [tag.removeprefix("attack.") for tag in meta.get("tags", [])]
    ids = [tag.upper() for tag in tags if re.fullmatch(r"t\d{4}(?:\.\d{3})?", tag)]
    known = meta.get("falsepositive", [])
    reasons = [clean_text(item) for item in known if isinstance(known, list)]
    return Alert(
        upstream_id=rule["uuid"],
        name=clean_text(rule["value"]),
        description=trim_to_sentences(clean_text(rule["description"].replace("\n", " "))),
        level=str(meta["level"]),
        product=_drop_placeholder(str(meta["logsource.product"])),
        category=_drop_placeholder(str(meta["logsource.category"])),
        false_positives=tuple(
            finish_sentence(item) for item in reasons if len(item) > 8 and not NO_FALSE_POSITIVE.match(item)
        ),
        tactics=tuple(format_tactic(tag) for tag in tags if tag in TACTICS),
        techniques=tuple(dict.fromkeys(names[key] for key in ids if key in names)),
        credit=str(meta["author"]),
    )


def _drop_placeholder(value: str) -> str:
    return "" if value.startswith("No established") else value
