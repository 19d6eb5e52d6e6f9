"""Questions and dialogues about alerts of detection rules."""

from collections.abc import Iterator

from hackmentor.data.compose.attack_phrases import GOALS, format_label
from hackmentor.data.compose.template import AnswerDraft, Dialogue, DialogueTemplate, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import finish_sentence, format_bullets, join_items, join_paragraphs, split_sentences
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


def _format_log_source(alert: Alert) -> str:
    product = PRODUCTS.get(alert.product, alert.product.capitalize())
    category = CATEGORIES.get(alert.category, alert.category.replace("_", " "))
    return " ".join(part for part in (product, category) if part)


def _format_alert(alert: Alert) -> str:
    source = _format_log_source(alert)
    lines = [f"Rule: {alert.name}", f"Level: {alert.level}", f"Log source: {source}" if source else ""]
    return "\n".join(line for line in lines if line)


def _make_slots(alert: Alert) -> dict[str, str]:
    return {"name": alert.name, "level": alert.level, "log": _format_log_source(alert) or "the log"}


def _explain_meaning(alert: Alert) -> str:
    """`The rule detects …`, from descriptions that begin with a verb or tell what happened."""
    first, *rest = split_sentences(alert.description)
    word, _, tail = first.partition(" ")
    verbs = {"Detects": "detects", "Detect": "detects", "Identifies": "identifies", "Detecting": "detects"}
    sentence = f"The rule {verbs[word]} {tail}" if word in verbs else first
    return finish_sentence(" ".join([sentence, *rest]))


def _explain_aims(alert: Alert) -> str:
    known = [f"{tactic} ({GOALS[tactic]})" for tactic in alert.tactics if tactic in GOALS]
    names = [format_label(ref) for ref in alert.techniques]
    if not known:
        return ""
    by = f" with {join_items(names)}" if names else ""
    return f"In ATT&CK terms, somebody may be pursuing {join_items(known)}{by}."


def _explain_false_positives(alert: Alert, lead: str) -> str:
    if not alert.false_positives:
        return "The rule names no common harmless cause, so check who ran it, from where, and whether it was planned."
    if len(alert.false_positives) == 1:
        return f"{lead} {alert.false_positives[0]}"
    return join_paragraphs(lead, format_bullets(alert.false_positives))


def _choose_containment(alert: Alert) -> str:
    if alert.product in SERVICES:
        return "Suspend the account or token behind it with its sessions"
    return "Isolate the host"


def _draft_triage(alert: Alert, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    lead = chooser.pick(
        "harmless", ("A harmless explanation to rule out:", "Rule this out first:", "Known false positive:")
    )
    urgent = URGENCY[alert.level]
    yield AnswerDraft(
        join_paragraphs(_explain_meaning(alert), _explain_aims(alert), urgent, _explain_false_positives(alert, lead)),
        _make_slots(alert),
        _format_alert(alert),
    )


def _draft_map(alert: Alert, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    if not alert.techniques or not alert.tactics:
        return
    names = join_items([format_label(ref) for ref in alert.techniques])
    lead = chooser.pick("lead", (f"It maps to {names}.", f"The alert points to {names}.", f"The alert shows {names}."))
    tactics = join_items([f"{tactic} ({GOALS[tactic]})" for tactic in alert.tactics])
    which = "tactic" if len(alert.tactics) == 1 else "tactics"
    yield AnswerDraft(
        f"{lead} The {which}: {tactics}.", _make_slots(alert), join_paragraphs(_format_alert(alert), alert.description)
    )


def _draft_false_positives(alert: Alert, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    if alert.false_positives:
        lead = chooser.pick(
            "lead", ("These causes are harmless:", "It may have an innocent cause:", "Check for this first:")
        )
        tune = chooser.pick(
            "tune",
            (
                "Confirm with the owner of the system before closing it, and note the reason in the ticket.",
                "If that explains it, except exactly this source, account and program, and leave the rule as it is.",
                "Verify it rather than assume it: attackers like to look like administrators.",
            ),
        )
        yield AnswerDraft(
            join_paragraphs(lead, format_bullets(alert.false_positives), tune), _make_slots(alert), _format_alert(alert)
        )


def _draft_use_case(alert: Alert, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
    if not alert.tactics or not _format_log_source(alert):
        return
    mapped = join_items([format_label(ref) for ref in alert.techniques]) or join_items(list(alert.tactics))
    known = (
        join_paragraphs("Known false positives:", format_bullets(alert.false_positives))
        if alert.false_positives
        else ""
    )
    contain = _choose_containment(alert).lower()
    blocks = (
        f"Detection use case: {alert.name}",
        f"Goal: {_explain_meaning(alert)}",
        f"Data: {_format_log_source(alert)} events.",
        f"ATT&CK: {mapped}.",
        f"Severity: {alert.level}.",
        known,
        f"Response: confirm it with the system's owner; if it was not planned, {contain}, and keep the evidence.",
    )
    yield AnswerDraft(join_paragraphs(*blocks), _make_slots(alert))


def _build_desk_dialogue(alert: Alert, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    """An alert at the analyst's desk: meaning, urgency, innocent causes, what next."""
    if not alert.techniques or not alert.false_positives:
        return
    source = _format_log_source(alert) or "our sensors"
    first = chooser.pick(
        "first",
        (
            f'This alert just came in: "{alert.name}". What does it mean?',
            f'I have an open alert called "{alert.name}" from {source}. Can you explain it?',
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
    turns = [(first, _explain_meaning(alert))]
    urgent = chooser.pick(
        "urgent", ("How urgent is it?", "Do I have to drop everything for it?", "Can it wait until tomorrow?")
    )
    turns.append((urgent, URGENCY[alert.level]))
    innocent = chooser.pick(
        "innocent",
        ("Could it be harmless?", "What would be an innocent reason for it?", "Before I escalate: false positive?"),
    )
    turns.append((innocent, _explain_false_positives(alert, "It could be:")))
    real = chooser.pick(
        "real",
        (
            "I checked, and nobody planned that. What is the attacker after?",
            "That does not explain it here. What would an attacker want with this?",
            "The owner knows nothing about it. So what is going on?",
        ),
    )
    contain = (
        f"{_choose_containment(alert)}, save the evidence, "
        "and look for what happened before and after on the same account."
    )
    turns.append((real, join_paragraphs(_explain_aims(alert), contain)))
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

QUESTION_TEMPLATES: tuple[QuestionTemplate[Alert], ...] = (
    QuestionTemplate("alert.triage", "analyse an alert", Alert, TRIAGE, _draft_triage),
    QuestionTemplate("alert.map", "analyse an alert", Alert, MAP, _draft_map),
    QuestionTemplate("alert.false_positives", "analyse an alert", Alert, FALSE_POSITIVES, _draft_false_positives),
    QuestionTemplate("alert.use_case", "write a rule", Alert, USE_CASE, _draft_use_case),
)
DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Alert], ...] = (DialogueTemplate("alert.desk", Alert, _build_desk_dialogue),)
