"""Formats the fields of a technique as phrases and lists."""

import itertools
import re
from collections.abc import Sequence
from zlib import crc32

from hackmentor.data.compose.instructions import trim_advice
from hackmentor.data.compose.telling_span import stem
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import join_items, lower_first_letter, trim_to_sentences
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.catalogue import EntryRef

# What the attacker wants at each tactic, in our own words.
GOAL_WORDINGS: dict[str, tuple[str, ...]] = {
    "Reconnaissance": (
        "gather information that helps to plan the attack",
        "learn about the target in advance",
        "collect names, addresses and technical details beforehand",
    ),
    "Resource Development": (
        "set up the infrastructure, accounts and tools for the attack",
        "prepare servers, accounts and code of their own",
        "acquire what the operation will need",
    ),
    "Initial Access": ("get a first foothold in the network or device", "get in", "gain a first entry"),
    "Execution": ("run code of their own on the system", "get their code to run", "start programs of their choice"),
    "Persistence": (
        "keep their access through restarts, updates and changed passwords",
        "stay in after a reboot",
        "hold on to access once they have it",
    ),
    "Privilege Escalation": ("obtain higher rights than they have", "become administrator", "raise their rights"),
    "Defense Evasion": (
        "avoid being noticed and get around protective controls",
        "slip past the defences",
        "stay undetected",
    ),
    "Stealth": ("stay unnoticed", "blend in with normal activity", "avoid drawing attention"),
    "Defense Impairment": (
        "weaken or switch off protective controls",
        "blind the defences",
        "stop security tools from working",
    ),
    "Credential Access": (
        "steal account names, passwords, keys or tokens",
        "get hold of credentials",
        "obtain somebody's secrets",
    ),
    "Discovery": (
        "learn how the environment is built and what is in it",
        "find out what is there",
        "map the environment from inside",
    ),
    "Lateral Movement": ("move from one system to others", "spread to further hosts", "reach the next machine"),
    "Collection": (
        "gather the data that they came for",
        "pick out data worth taking",
        "bring the wanted data together",
    ),
    "Command and Control": (
        "talk to the systems that they control",
        "keep a channel to their implants",
        "steer what they have compromised",
    ),
    "Exfiltration": ("take data out of the environment", "carry data off", "get the loot out"),
    "Impact": ("disrupt, destroy or manipulate systems and data", "do damage", "make systems or data unusable"),
    "Network Effects": (
        "intercept or manipulate traffic to or from the device",
        "get between device and network",
        "tamper with the device's traffic",
    ),
    "Remote Service Effects": (
        "reach the device through services outside it",
        "act through a provider's services",
        "use cloud services tied to the device",
    ),
    "Evasion": (
        "avoid being noticed by operators and protective controls",
        "hide from operators",
        "keep alarms silent",
    ),
    "Inhibit Response Function": (
        "keep safety and protection functions from reacting to a failure",
        "stop protection from stepping in",
        "block safety functions",
    ),
    "Impair Process Control": (
        "manipulate or disable the control of a physical process",
        "meddle with the physical process",
        "take control of the process away from operators",
    ),
}


def get_goal(tactic: str, key: str) -> str:
    """What the attacker wants at a tactic, in a wording fixed by `key`; the tactic's name if it is not known."""
    options = GOAL_WORDINGS.get(tactic, (tactic.lower(),))
    return options[crc32(f"{tactic}{key}".encode()) % len(options)]


MAX_CHANNEL_WORDS = 8
# What ATT&CK lists where it advises against any.
NO_MEASURE = "Do Not Mitigate"
SHORT_WORD = re.compile(r"[a-z][a-z0-9]{2,}")
# Words that say nothing of what a text is about.
COMMON_WORDS = """
    systems system users user using used uses access accounts environment environments network networks software
    ensure application applications program programs execution other such that this these those with from have been
    when where which only also adversaries adversary attackers prevent necessary specific configuration configure
    limit restrict allow enable disable consider implement organization security policies policy administrators
    through within between across into more most some many potential possible proper properly regularly tools
    information data files file host hosts computer computers malicious include including example well traffic
    perform actions activity level existing common various based unless known internal external windows linux
    protection protect against reduce risk require required their they them will should must being make the and for
    not are can has any all via may its was who but one two due out own able web
"""
COMMON_STEMS = {stem(word) for word in COMMON_WORDS.split()}


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


SUMMARY_FRAMES = (
    "In {label}, {text}",
    "With {label}, {text}",
    "{label} says that {text}",
    "{label} means that {text}",
    "{label}, in short: {text}",
    "By {label} ATT&CK means that {text}",
)


def summarise_technique(technique: Technique, chooser: HashChooser, max_words: int = 90) -> str:
    """The first paragraph as a statement about this technique."""
    text = trim_to_sentences(split_description(technique)[0], max_words)
    small = lower_first_letter(text)
    if small == text:
        return f"{format_label(technique)}: {text}"
    return chooser.pick("summary", SUMMARY_FRAMES).format(label=format_label(technique), text=small)


def get_details(technique: Technique, max_words: int = 150) -> str:
    """The description without its first paragraph, within `max_words`."""
    rest = "\n\n".join(split_description(technique)[1:])
    return trim_to_sentences(rest, max_words) if rest else ""


def format_tactics(technique: Technique) -> str:
    """`Persistence and Execution`."""
    return join_items(list(technique.tactics))


def format_goals(technique: Technique) -> str:
    """`Persistence (keep their access …) and Execution (…)`."""
    return join_items([f"{tactic} ({get_goal(tactic, technique.upstream_id)})" for tactic in technique.tactics])


def format_countermeasures(technique: Technique, max_items: int = 3, max_words: int = 35) -> list[str]:
    """`Code Signing (M1045): what ATT&CK says of it for this technique`, for those of which it says what to do.

    Those of which it says the same share a line.
    """
    told: dict[str, list[str]] = {}
    for item in technique.mitigations:
        text = trim_advice(item.text.split("\n")[0], max_words)
        if text and item.name != NO_MEASURE:
            told.setdefault(text, []).append(f"{item.name} ({item.id})")
    return [f"{join_items(names)}: {text}" for text, names in told.items()][:max_items]


def bears_on(advice: str, technique: Technique) -> bool:
    """Whether advice names something that the technique is about, by a word that their texts share."""
    told = f"{format_full_name(technique)} {technique.description}"
    return bool(_list_stems(advice) & _list_stems(told) - COMMON_STEMS)


def _list_stems(text: str) -> set[str]:
    return {stem(word) for word in SHORT_WORD.findall(text.lower())}


def list_unexplained_names(technique: Technique, max_names: int = 4) -> list[str]:
    """The mitigations that ATT&CK names for the technique without saying how they are applied to it."""
    return [f"{item.name} ({item.id})" for item in technique.mitigations if not item.text][:max_names]


def format_log_sources(technique: Technique, max_items: int = 5) -> list[str]:
    """`WinEventLog:Security (EventCode=4688)`, first one from each analytic; data components where there are none."""
    columns = [analytic.log_sources for analytic in technique.analytics]
    rows = itertools.chain.from_iterable(itertools.zip_longest(*columns))
    logs = dict.fromkeys(
        f"`{row[0]}` ({row[1].rstrip('.')})" for row in rows if row and len(row[1].split()) <= MAX_CHANNEL_WORDS
    )
    return list(logs)[:max_items] or list(technique.data_sources)[:max_items]


def format_group_names(refs: Sequence[EntryRef], chooser: HashChooser, max_names: int = 8) -> str:
    """Some of the groups by name, in alphabetical order."""
    return join_items(sorted(f"{ref.name} ({ref.id})" for ref in chooser.shuffle("groups", refs)[:max_names]))


def format_count(count: int, noun: str) -> str:
    """`1 group`, `3 groups`."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    numeral = words[count] if count < len(words) else str(count)
    return f"{numeral} {noun}" if count == 1 else f"{numeral} {noun}s"
