"""Questions and dialogues about alerts of detection rules."""

from collections.abc import Iterator

from hackmentor.data.compose.attack_phrases import GOALS, label
from hackmentor.data.compose.template import Dialogue, Piece, Plan, Shelf, Task
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import bullets, finish, listed, paragraphs, sentences
from hackmentor.data.sources.sigma import Alert

PRODUCTS = {
    "windows": "Windows",
    "macos": "macOS",
    "aws": "AWS",
    "gcp": "Google Cloud",
    "m365": "Microsoft 365",
    "github": "GitHub",
    "opencanary": "OpenCanary",
    "rpc_firewall": "RPC Firewall",
    "jvm": "JVM",
    "fortigate": "FortiGate",
    "onelogin": "OneLogin",
}
CATEGORIES = {
    "registry_set": "registry value change",
    "ps_script": "PowerShell script block",
    "ps_module": "PowerShell module",
    "ps_classic_start": "PowerShell engine start",
    "image_load": "module load",
    "create_stream_hash": "alternate data stream",
    "dns_query": "DNS query",
    "dns": "DNS",
    "wmi_event": "WMI",
}
# Where the alert is about an account of a service, there is no host to isolate.
SERVICES = {"aws", "azure", "bitbucket", "gcp", "github", "kubernetes", "m365", "okta", "onelogin"}
URGENCY = {
    "critical": "Critical: act at once, for the pattern hardly occurs in normal operation.",
    "high": "High: look at it with priority, for the pattern is rarely harmless.",
    "medium": "Medium: look at it in the normal queue, and raise it if host or account stand out otherwise.",
    "low": "Low: useful as context; on its own it is often legitimate.",
    "informational": "Informational: keep it for correlation; it calls for no action by itself.",
}


def _log(alert: Alert) -> str:
    product = PRODUCTS.get(alert.product, alert.product.capitalize())
    category = CATEGORIES.get(alert.category, alert.category.replace("_", " "))
    return " ".join(part for part in (product, category) if part)


def _shown(alert: Alert) -> str:
    source = _log(alert)
    lines = [f"Rule: {alert.name}", f"Level: {alert.level}", f"Log source: {source}" if source else ""]
    return "\n".join(line for line in lines if line)


def _slots(alert: Alert) -> dict[str, str]:
    return {"name": alert.name, "level": alert.level, "log": _log(alert) or "the log"}


def _meaning(alert: Alert) -> str:
    """`The rule detects …`, from descriptions that begin with a verb or tell what happened."""
    first, *rest = sentences(alert.description)
    word, _, tail = first.partition(" ")
    verbs = {"Detects": "detects", "Detect": "detects", "Identifies": "identifies", "Detecting": "detects"}
    told = f"The rule {verbs[word]} {tail}" if word in verbs else first
    return finish(" ".join([told, *rest]))


def _aims(alert: Alert) -> str:
    known = [f"{tactic} ({GOALS[tactic]})" for tactic in alert.tactics if tactic in GOALS]
    names = [label(ref) for ref in alert.techniques]
    if not known:
        return ""
    by = f" with {listed(names)}" if names else ""
    return f"In ATT&CK terms, somebody may be pursuing {listed(known)}{by}."


def _harmless(alert: Alert, lead: str) -> str:
    if not alert.false_positives:
        return "The rule names no common harmless cause, so check who ran it, from where, and whether it was planned."
    if len(alert.false_positives) == 1:
        return f"{lead} {alert.false_positives[0]}"
    return paragraphs(lead, bullets(alert.false_positives))


def _contain(alert: Alert) -> str:
    if alert.product in SERVICES:
        return "Suspend the account or token behind it with its sessions"
    return "Isolate the host"


def _triage(alert: Alert, voice: Voice, _: Shelf) -> Iterator[Piece]:
    lead = voice.pick(
        "harmless", ("A harmless explanation to rule out:", "Rule this out first:", "Known false positive:")
    )
    urgent = URGENCY[alert.level]
    yield Piece(paragraphs(_meaning(alert), _aims(alert), urgent, _harmless(alert, lead)), _slots(alert), _shown(alert))


def _map(alert: Alert, voice: Voice, _: Shelf) -> Iterator[Piece]:
    if not alert.techniques or not alert.tactics:
        return
    names = listed([label(ref) for ref in alert.techniques])
    lead = voice.pick("lead", (f"It maps to {names}.", f"The alert points to {names}.", f"The alert shows {names}."))
    tactics = listed([f"{tactic} ({GOALS[tactic]})" for tactic in alert.tactics])
    which = "tactic" if len(alert.tactics) == 1 else "tactics"
    yield Piece(f"{lead} The {which}: {tactics}.", _slots(alert), paragraphs(_shown(alert), alert.description))


def _false_positives(alert: Alert, voice: Voice, _: Shelf) -> Iterator[Piece]:
    if alert.false_positives:
        lead = voice.pick(
            "lead", ("These causes are harmless:", "It may have an innocent cause:", "Check for this first:")
        )
        tune = voice.pick(
            "tune",
            (
                "Confirm with the owner of the system before closing it, and note the reason in the ticket.",
                "If that explains it, except exactly this source, account and program, and leave the rule as it is.",
                "Verify it rather than assume it: attackers like to look like administrators.",
            ),
        )
        yield Piece(paragraphs(lead, bullets(alert.false_positives), tune), _slots(alert), _shown(alert))


def _use_case(alert: Alert, _: Voice, __: Shelf) -> Iterator[Piece]:
    if not alert.tactics or not _log(alert):
        return
    mapped = listed([label(ref) for ref in alert.techniques]) or listed(list(alert.tactics))
    known = paragraphs("Known false positives:", bullets(alert.false_positives)) if alert.false_positives else ""
    contain = _contain(alert).lower()
    blocks = (
        f"Detection use case: {alert.name}",
        f"Goal: {_meaning(alert)}",
        f"Data: {_log(alert)} events.",
        f"ATT&CK: {mapped}.",
        f"Severity: {alert.level}.",
        known,
        f"Response: confirm it with the system's owner; if it was not planned, {contain}, and keep the evidence.",
    )
    yield Piece(paragraphs(*blocks), _slots(alert))


def _desk(alert: Alert, voice: Voice, _: Shelf) -> Iterator[Dialogue]:
    """An alert at the analyst's desk: meaning, urgency, innocent causes, what next."""
    if not alert.techniques or not alert.false_positives:
        return
    first = voice.pick(
        "first",
        (
            f'This alert just came in: "{alert.name}". What does it mean?',
            f'I have an open alert called "{alert.name}" from {_log(alert) or "our sensors"}. Can you explain it?',
            f'"{alert.name}" fired in our environment. What is that about?',
            f'First shift alone, and the queue shows "{alert.name}". What am I looking at?',
            f'Can you help me with an alert? It says "{alert.name}".',
            f'What would trigger the rule "{alert.name}"?',
            f'The SIEM raised "{alert.name}". Please put that into plain words.',
            f'Three times today: "{alert.name}". Explain, please.',
            f'Quick question about "{alert.name}": what did the rule see?',
            f'An alert with the title "{alert.name}" was assigned to me. Where do I begin?',
        ),
    )
    turns = [(first, _meaning(alert))]
    urgent = voice.pick(
        "urgent", ("How urgent is it?", "Do I have to drop everything for it?", "Can it wait until tomorrow?")
    )
    turns.append((urgent, URGENCY[alert.level]))
    innocent = voice.pick(
        "innocent",
        ("Could it be harmless?", "What would be an innocent reason for it?", "Before I escalate: false positive?"),
    )
    turns.append((innocent, _harmless(alert, "It could be:")))
    real = voice.pick(
        "real",
        (
            "I checked, and nobody planned that. What is the attacker after?",
            "That does not explain it here. What would an attacker want with this?",
            "The owner knows nothing about it. So what is going on?",
        ),
    )
    contain = f"{_contain(alert)}, save the evidence, and look for what happened before and after on the same account."
    turns.append((real, paragraphs(_aims(alert), contain)))
    yield Dialogue(turns)


TRIAGE = (
    "Triage this alert.",
    "What does this alert mean, and how urgent is it?",
    "An analyst asks for help with the following alert.",
    "Explain the alert and say what to check first.",
    "Assess this detection.",
    "This fired in our SIEM. What should I do with it?",
    "Walk me through the alert below.",
    "How would you handle this alert on a night shift?",
    "Read the alert and advise the analyst.",
    "Evaluate the following security alert.",
)
MAP = (
    "Map this alert to MITRE ATT&CK.",
    "Which technique does the alert point to?",
    "Enrich this alert with ATT&CK technique and tactic.",
    "Tag the following detection for our coverage map.",
    "Name technique and tactic for this rule.",
    "For the incident ticket: which ATT&CK ids belong to this alert?",
    "Classify the alert by attacker behaviour.",
)
FALSE_POSITIVES = (
    "Could this alert be a false positive?",
    "What innocent causes does this alert have?",
    "Before we escalate: what harmless activity triggers this rule?",
    "The alert fires every day. What may explain it?",
    "Help me tune this rule: which benign activity matches it?",
    "List false positives for the rule below.",
    "Is there a legitimate reason for this alert?",
)
USE_CASE = (
    'Write a detection use case for "{name}".',
    'Document the detection "{name}" for our SOC handbook.',
    'Draft a specification for a rule named "{name}" on {log} data.',
    'We want to detect "{name}". Describe the use case.',
    'Prepare the entry for "{name}" in our detection catalogue.',
    'Specify goal, data, severity and response for the detection "{name}".',
)

TASKS: tuple[Task[Alert], ...] = (
    Task("alert.triage", "analyse an alert", Alert, TRIAGE, _triage),
    Task("alert.map", "analyse an alert", Alert, MAP, _map),
    Task("alert.false_positives", "analyse an alert", Alert, FALSE_POSITIVES, _false_positives),
    Task("alert.use_case", "write a rule", Alert, USE_CASE, _use_case),
)
PLANS: tuple[Plan[Alert], ...] = (Plan("alert.desk", Alert, _desk),)
