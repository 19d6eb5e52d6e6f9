"""Formats the fields of a technique as phrases and lists."""

from collections.abc import Sequence

from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import finish_sentence, join_items, lower_first_letter, split_sentences, trim_to_sentences
from hackmentor.data.sources.attack import Countermeasure, Technique
from hackmentor.data.sources.catalogue import EntryRef

# What the attacker wants at each tactic, in our own words.
GOALS = {
    "Reconnaissance": "gather information that helps to plan the attack",
    "Resource Development": "set up the infrastructure, accounts and tools for the attack",
    "Initial Access": "get a first foothold in the network or device",
    "Execution": "run code of their own on the system",
    "Persistence": "keep their access through restarts, updates and changed passwords",
    "Privilege Escalation": "obtain higher rights than they have",
    "Defense Evasion": "avoid being noticed and get around protective controls",
    "Credential Access": "steal account names, passwords, keys or tokens",
    "Discovery": "learn how the environment is built and what is in it",
    "Lateral Movement": "move from one system to others",
    "Collection": "gather the data that they came for",
    "Command and Control": "talk to the systems that they control",
    "Exfiltration": "take data out of the environment",
    "Impact": "disrupt, destroy or manipulate systems and data",
    "Network Effects": "intercept or manipulate traffic to or from the device",
    "Remote Service Effects": "reach the device through services outside it",
}

GERUNDS = {
    "Restrict": "restricting",
    "Limit": "limiting",
    "Encrypt": "encrypting",
    "Update": "updating",
    "Filter": "filtering",
    "Deploy": "deploying",
    "Use": "using",
}
NAMED_ACTIONS = {
    "Audit": "auditing regularly",
    "Disable or Remove Feature or Program": "removing features and programs that nobody needs",
    "Use Recent OS Version": "using recent versions of the operating system",
    "User Account Control": "keeping User Account Control switched on",
    "Active Directory Configuration": "hardening Active Directory",
    "Behavior Prevention on Endpoint": "blocking suspicious behaviour on endpoints",
    "Exploit Protection": "switching on exploit protection",
    "Pre-compromise": "preparing for what attackers do before they have access",
    "Limit Access to Resource Over Network": "limiting access to resources over the network",
    "Threat Intelligence Program": "running a threat intelligence programme",
    "Vulnerability Scanning": "scanning for vulnerabilities",
    "Security Updates": "installing security updates",
    "Out-of-Band Communications Channel": "keeping a separate channel for communication",
    "Deploy Compromised Device Detection Method": "detecting compromised devices",
    "Data Backup": "backing up data",
    "Attestation": "attesting devices",
    "Code Signing": "signing code and checking signatures",
    "Data Loss Prevention": "preventing data loss",
    "Caution with Device Administrator Access": "granting device administrator access with caution",
    "Multi-factor Authentication": "requiring multi-factor authentication",
    "SSL/TLS Inspection": "inspecting TLS traffic",
    "Lock Bootloader": "locking boot loaders",
    "Antivirus/Antimalware": "running antivirus software",
    "Limit Software Installation": "limiting what users may install",
    "User Training": "training users",
}


def format_label(technique: Technique | EntryRef) -> str:
    """`T1059.001 (PowerShell)`."""
    if isinstance(technique, EntryRef):
        return f"{technique.id} ({technique.name})"
    return f"{technique.upstream_id} ({format_full_name(technique)})"


def format_full_name(technique: Technique) -> str:
    """The name, for a sub-technique behind that of its parent, for alone it may say too little."""
    return f"{technique.parent.name}: {technique.name}" if technique.parent else technique.name


def make_slots(technique: Technique, **more: str) -> dict[str, str]:
    """The slots that every question about a technique may fill."""
    return {"id": technique.upstream_id, "name": format_full_name(technique), "label": format_label(technique), **more}


def split_description(technique: Technique) -> list[str]:
    """The paragraphs of the description."""
    return [block for block in technique.description.split("\n\n") if block.strip()]


def summarise_technique(technique: Technique, max_words: int = 90) -> str:
    """The first paragraph as a statement about this technique."""
    text = trim_to_sentences(split_description(technique)[0], max_words)
    small = lower_first_letter(text)
    return f"In {format_label(technique)}, {small}" if small != text else f"{format_label(technique)}: {text}"


def get_details(technique: Technique, max_words: int = 150) -> str:
    """The description without its first paragraph, within `max_words`."""
    rest = "\n\n".join(split_description(technique)[1:])
    return trim_to_sentences(rest, max_words) if rest else ""


def format_goals(technique: Technique) -> str:
    """`Persistence (keep their access …) and Execution (…)`."""
    return join_items([f"{tactic} ({GOALS[tactic]})" if tactic in GOALS else tactic for tactic in technique.tactics])


def format_countermeasure(measure: Countermeasure, chooser: HashChooser, max_steps: int = 2) -> str:
    """`M1026 Privileged Account Management: what it is. A step. Another step.`"""
    lead = split_sentences(measure.text)[0]
    chosen = chooser.shuffle(f"steps{measure.id}", measure.measures)[:max_steps]
    doing = [finish_sentence(step) for _, lines in chosen for step in lines[:1]]
    return " ".join([f"{measure.name} ({measure.id}): {finish_sentence(lead)}", *doing])


def format_countermeasures(
    technique: Technique, chooser: HashChooser, max_items: int = 5, max_steps: int = 2
) -> list[str]:
    """One line for each mitigation."""
    return [format_countermeasure(measure, chooser, max_steps) for measure in technique.mitigations[:max_items]]


def format_group_names(refs: Sequence[EntryRef], chooser: HashChooser, max_names: int = 8) -> str:
    """Some of the groups by name, in alphabetical order."""
    return join_items(sorted(f"{ref.name} ({ref.id})" for ref in chooser.shuffle("groups", refs)[:max_names]))


def format_count(count: int, noun: str) -> str:
    """`1 group`, `3 groups`."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    numeral = words[count] if count < len(words) else str(count)
    return f"{numeral} {noun}" if count == 1 else f"{numeral} {noun}s"


def format_as_gerund(measure: Countermeasure) -> str:
    """The mitigation's name as something that one does: `updating software`, `strengthening network segmentation`."""
    first, _, rest = measure.name.partition(" ")
    if measure.name in NAMED_ACTIONS:
        return NAMED_ACTIONS[measure.name]
    if first in GERUNDS:
        return f"{GERUNDS[first]} {rest.lower()}"
    return f"strengthening {measure.name.lower()}"
