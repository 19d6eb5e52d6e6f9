"""Dialogues about groups and software: the last turns recommend against what the earlier ones named."""

from collections.abc import Iterator

from hackmentor.data.compose import actor_phrases as actors
from hackmentor.data.compose import attack_phrases as phrases
from hackmentor.data.compose.template import Dialogue, DialogueTemplate, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor, TechniqueRef

Turn = tuple[str, str]
MOBILE = {"Android", "iOS"}
CLOUD = {"IaaS", "SaaS", "Identity Provider", "Office Suite"}


def _select_shown(actor: Actor, entry_index: EntryIndex) -> list[TechniqueRef]:
    """The techniques that a dialogue names: rare ones, and at least three that something can be recommended against."""
    known = {ref.id: entry_index.get(ref.id, Technique) for ref in actor.techniques}
    rare = actors.list_rarest(actor, 5)
    treatable = [ref for ref in actors.list_rarest(actor, 99) if (found := known[ref.id]) and found.mitigations]
    return sorted({*rare, *treatable[:3]}, key=lambda ref: ref.id)


def _format_advice(shown: list[TechniqueRef], entry_index: EntryIndex) -> list[str]:
    """For each technique that was named and can be countered: the names of mitigations."""
    lines: list[str] = []
    for ref in shown:
        technique = entry_index.get(ref.id, Technique)
        if technique and technique.mitigations:
            names = join_items([f"{item.name} ({item.id})" for item in technique.mitigations[:2]])
            lines.append(f"{actors.format_technique(ref)}: {names}.")
    return lines[:3]


def _choose_containment(actor: Actor, chooser: HashChooser) -> str:
    platforms = set(actor.platforms)
    if platforms and platforms <= MOBILE:
        return chooser.pick("contain", CONTAIN_MOBILE)
    if platforms and platforms <= CLOUD:
        return chooser.pick("contain", CONTAIN_CLOUD)
    if platforms == {"Network Devices"}:
        return chooser.pick("contain", CONTAIN_NETWORK)
    return chooser.pick("contain", CONTAIN_HOST)


def _build_triage_dialogue(actor: Actor, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Dialogue]:
    """Software found: what it is, what it does, whether that says who, what now."""
    shown = _select_shown(actor, entry_index)
    lines = actors.format_by_tactic(shown)
    if actor.kind == "group" or len(lines) < 2 or not chooser.draw("kept", 0.25):
        return
    label = {"name": actor.name, "label": actors.format_label(actor)}
    place = FOUND_MOBILE if actor.platforms and set(actor.platforms) <= MOBILE else FOUND
    turns: list[Turn] = [
        (chooser.pick("first", place).format(**label), actors.describe(actor, 60)),
        (chooser.pick("what", ASK_USE), join_paragraphs(_introduce(actor, shown, chooser), format_bullets(lines))),
    ]
    if actor.users:
        names = phrases.format_group_names(actor.users, chooser, 4)
        turns.append((chooser.pick("who", ASK_WHO), f"{chooser.pick('users', SAY_WHO).format(names=names)}"))
    steps = _format_advice(shown, entry_index)
    after = join_paragraphs(chooser.pick("after", THEN), format_bullets(steps)) if steps else ""
    turns.append((chooser.pick("now", ASK_NOW), join_paragraphs(_choose_containment(actor, chooser), after)))
    yield Dialogue(turns)


def _introduce(actor: Actor, shown: list[TechniqueRef], chooser: HashChooser) -> str:
    leads = SAY_ALL if len(shown) == len(actor.techniques) else SAY_SOME
    return chooser.pick("lead", leads).format(count=len(actor.techniques), shown=len(shown), name=actor.name)


def _build_group_briefing_dialogue(actor: Actor, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Dialogue]:
    """A group: who, how, with which software, where to start against what was named."""
    shown = _select_shown(actor, entry_index)
    lines = actors.format_by_tactic(shown)
    if actor.kind != "group" or len(lines) < 2:
        return
    label = {"name": actor.name, "label": actors.format_label(actor)}
    also = f"Other names: {join_items(list(actor.aliases[:4]))}." if actor.aliases else ""
    turns: list[Turn] = [
        (
            chooser.pick("first", ASK_GROUP).format(**label),
            join_paragraphs(actors.describe(actor, 60), also),
        ),
        (chooser.pick("how", ASK_HOW), join_paragraphs(_introduce(actor, shown, chooser), format_bullets(lines))),
    ]
    if actor.tools:
        names = phrases.format_group_names(actor.tools, chooser, 5)
        more = f" {len(actor.tools)} programs are on record in all." if len(actor.tools) > 5 else ""
        turns.append(
            (chooser.pick("tools", ASK_TOOLS), f"{chooser.pick('brings', SAY_TOOLS).format(names=names)}{more}")
        )
    steps = _format_advice(shown, entry_index)
    if steps:
        turns.append(
            (chooser.pick("start", ASK_START), join_paragraphs(chooser.pick("of", OF_THOSE), format_bullets(steps)))
        )
    if len(turns) > 2:
        yield Dialogue(turns)


FOUND = (
    "Our antivirus names {name} on one host. What is that?",
    "Endpoint protection found {name}. Can you tell me about it?",
    "What is {label}?",
    "We think {name} ran on a server last night. What are we dealing with?",
    "A partner warns us of {name}. What do you know about it?",
    "Someone uploaded a sample and it was tagged {name}. What does that mean?",
    "The sandbox report says {name}. Should I know it?",
    "I have one line in a ticket: {label} detected. Explain.",
)
FOUND_MOBILE = (
    "The device management flags {name} on a company phone. What is that?",
    "A director's phone carries {name}, says the lab. Tell me about it.",
    "What is {label}, and does it concern our phones?",
    "An app that a colleague installed was tagged {name}. What does that mean?",
)
ASK_USE = (
    "What can it do there?",
    "What would it have done so far?",
    "How does it operate?",
    "What is it capable of?",
    "Which behaviour should I look for?",
)
ASK_WHO = ("Who uses it?", "Does it tell us who is behind this?", "Can we name an actor from that?", "Whose is it?")
SAY_WHO = (
    "No more than a hint: ATT&CK has it with {names}, and anybody may have obtained it.",
    "On record are {names}. Treat that as a hint and not as proof of who is behind it.",
    "It was reported for {names}. Others may hold it too, so leave the actor open.",
    "{names} have been seen with it. The sample alone does not attribute the intrusion.",
    "Not from the name alone. Reports mention {names}; look for infrastructure and timing that agree.",
)
ASK_NOW = (
    "What should we check or change first?",
    "How do we close the door on it?",
    "So what do we do?",
    "Give me the next steps.",
    "Fine. What do I tell operations to do?",
)
SAY_ALL = (
    "{name} has {count} techniques on record; by tactic they are:",
    "All {count} that ATT&CK records:",
    "Everything on record, {count} in number:",
)
SAY_SOME = (
    "Of {count} techniques on record, these {shown} are a selection that favours the less common ones:",
    "A selection, {shown} of {count}, with the rarer techniques first in line:",
    "ATT&CK has {count} for {name}. The {shown} below were chosen because few groups share most of them:",
    "Too many to list all {count}, so {shown}, the unusual ones before the common:",
)
THEN = (
    "Then, against what I listed:",
    "For the techniques named above:",
    "After that, work on the causes:",
    "Of the behaviour in my list, this can be countered:",
)
CONTAIN_HOST = (
    "Take the host off the network but leave it running, so that memory can be captured; reset credentials used on it.",
    "Isolate the machine, capture memory before anything else, and revoke the sessions of whoever was logged on.",
    "Contain first: network isolation, image of memory and disk. Rotate every secret that was reachable from there.",
    "Quarantine by EDR if you can, since that keeps evidence; then look for the same file on other hosts.",
)
CONTAIN_MOBILE = (
    "Put the phone into flight mode, keep it charged, and hand it to whoever does mobile forensics; change accounts "
    "used on it from another device.",
    "Remove the device from company mail and VPN by MDM, keep it for analysis, and reissue its credentials elsewhere.",
    "Do not wipe it yet. Cut its access to company data, note installed apps and permissions, then replace it.",
)
CONTAIN_CLOUD = (
    "Revoke the account's tokens and sessions, keep the audit logs, and list what it touched since its last clean day.",
    "Disable the identity behind it, export the audit trail before retention ends, and review new keys and app grants.",
)
CONTAIN_NETWORK = (
    "Export configuration and running state before a reboot erases them, then restore a verified firmware image.",
    "Treat the device as lost: save its state, reinstall from the vendor's image, and rotate keys stored on it.",
)
ASK_GROUP = (
    "Who is {name}?",
    "Our sector was warned of {label}. Who are they?",
    "Give me a profile of {name}.",
    "I have ten minutes to learn about {name}. Go ahead.",
    "Let us prepare a slide on {label}. What is the core of it?",
    "{name} is on the list of a regulator. What do we know?",
)
ASK_HOW = ("How do they work?", "And their methods?", "What are they known to do?", "Which techniques come up?")
ASK_TOOLS = ("Which tools do they bring?", "What software should my detection team know?", "And their software?")
SAY_TOOLS = (
    "They have been seen with {names}.",
    "On record: {names}.",
    "Reports mention {names}.",
    "Expect {names}, though shared tools prove nothing by themselves.",
)
ASK_START = (
    "Where would you start with defences?",
    "Given those techniques, what comes first?",
    "Which of that can we do something about?",
    "Turn that into work for my team.",
)
OF_THOSE = (
    "Of the techniques that I named, these have countermeasures in ATT&CK:",
    "Three openings from my list, each with the control that ATT&CK links to it:",
    "Stay with the list above:",
    "Against what was listed:",
)

DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Actor], ...] = (
    DialogueTemplate("actor.triage", Actor, _build_triage_dialogue),
    DialogueTemplate("actor.group_briefing", Actor, _build_group_briefing_dialogue),
)
