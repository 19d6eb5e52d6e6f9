"""Questions about adversary techniques: what they are, where they belong, who uses them, what helps."""

import re
from collections.abc import Callable, Iterator

from hackmentor.data.compose import attack_phrases as say
from hackmentor.data.compose.template import Piece, Shelf, Task
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import bullets, finish, listed, paragraphs, sentences, whole
from hackmentor.data.sources.attack import Technique


def _explain(technique: Technique, _: Voice, __: Shelf) -> Iterator[Piece]:
    yield Piece(paragraphs(say.what_it_is(technique), say.detail(technique)), say.slots(technique))


def _tactic(technique: Technique, voice: Voice, _: Shelf) -> Iterator[Piece]:
    several = len(technique.tactics) > 1
    lead = voice.pick(
        "lead",
        (
            f"{say.label(technique)} serves {'these tactics' if several else 'one tactic'}: {say.goals(technique)}.",
            f"With {say.label(technique)}, attackers pursue {say.goals(technique)}.",
            f"{technique.upstream_id} belongs to {say.goals(technique)}.",
        ),
    )
    yield Piece(paragraphs(lead, whole(say.paragraphs_of(technique)[0], 60)), say.slots(technique))


def _mitigations(technique: Technique, voice: Voice, _: Shelf) -> Iterator[Piece]:
    lines = say.countermeasure_lines(technique, voice)
    if not lines:
        return
    lead = voice.pick(
        "lead",
        (
            f"ATT&CK names {say.count(len(technique.mitigations), 'mitigation')} for {say.label(technique)}.",
            f"Against {say.label(technique)}, use the following.",
            f"To make {say.label(technique)} harder:",
            f"{technique.upstream_id} is addressed by these measures.",
        ),
    )
    yield Piece(paragraphs(lead, bullets(lines)), say.slots(technique))


def _groups(technique: Technique, voice: Voice, _: Shelf) -> Iterator[Piece]:
    number = len(technique.groups)
    if not number:
        return
    use = "uses" if number == 1 else "use"
    lead = f"{say.count(number, 'group').capitalize()} in ATT&CK {use} {say.label(technique)}"
    some = ", among them " if number > 8 else ": "
    output = f"{lead}{some}{say.group_names(technique.groups, voice)}."
    why = f"They use it to pursue {say.goals(technique)}." if number > 1 else f"The purpose is {say.goals(technique)}."
    yield Piece(paragraphs(output, why), say.slots(technique))


def _platforms(technique: Technique, voice: Voice, _: Shelf) -> Iterator[Piece]:
    if not technique.platforms:
        return
    where = listed(list(technique.platforms))
    lead = voice.pick(
        "lead",
        (
            f"{say.label(technique)} applies to {where}.",
            f"Defenders of {where} have to reckon with {say.label(technique)}.",
            f"ATT&CK lists {where} for {say.label(technique)}.",
        ),
    )
    yield Piece(paragraphs(lead, whole(say.paragraphs_of(technique)[0], 70)), say.slots(technique))


def _watch(technique: Technique, voice: Voice, _: Shelf) -> Iterator[Piece]:
    if not technique.data_sources:
        return
    lead = voice.pick(
        "lead",
        (
            f"Collect these to see {say.label(technique)}:",
            f"{say.label(technique)} leaves traces in the following data:",
            f"A detection for {technique.upstream_id} rests on:",
        ),
    )
    goal = f"Read them with the attacker's aim in mind: {say.goals(technique)}."
    yield Piece(paragraphs(lead, bullets(technique.data_sources), goal), say.slots(technique))


def _identify(technique: Technique, voice: Voice, _: Shelf) -> Iterator[Piece]:
    text = hidden(technique)
    if text:
        lead = voice.pick(
            "lead",
            (
                f"This is {say.label(technique)}.",
                f"It matches {say.label(technique)}.",
                f"{say.label(technique)} describes this behaviour.",
                f"The behaviour maps to {say.label(technique)}.",
            ),
        )
        yield Piece(f"{lead} It serves {say.goals(technique)}.", say.slots(technique), input=text)


def hidden(technique: Technique) -> str:
    """What the attacker does, from the later paragraphs, without the technique's own name; empty if too little."""
    blocks = say.paragraphs_of(technique)
    text = " ".join(sentences(blocks[1] if len(blocks) > 1 else blocks[0])[:3])
    own = {technique.name.lower(), technique.name.lower().rstrip("s")}
    if "\n" in text or any(name in text.lower() for name in own) or len(text.split()) < 20:
        return ""
    seen = finish(as_seen(re.sub(r"^(?:For example|In addition|Additionally|Also|However), ", "", text)))
    # Background on a technology is no observation.
    return seen if re.search(r"attackers|adversar", seen) else ""


def as_seen(text: str) -> str:
    """What adversaries may do, told as something that attackers did: a report does not speak of possibilities."""
    text = re.sub(r"\b([Aa])dversaries (?:may|can|could|might) be able to\b", _attackers("can"), text)
    text = re.sub(r"\b([Aa])dversaries (?:may|can|could|might) be\b", _attackers("are"), text)
    return re.sub(r"\b([Aa])dversaries (?:may|can|could|might)(?: also)? (?!not\b|only\b|need\b)", _attackers(""), text)


def _attackers(verb: str) -> Callable[[re.Match[str]], str]:
    def said(match: re.Match[str]) -> str:
        subject = "The attackers" if match.group(1) == "A" else "the attackers"
        return f"{subject} {verb}"

    return said


EXPLAIN = (
    "Explain the ATT&CK technique {label}.",
    "What do attackers do in {label}?",
    "Describe {id} for an analyst who is new to the team.",
    "How does {name} work?",
    "Tell me about {label}.",
    "{id} appears in an incident report. What does it stand for?",
    "Summarise the adversary technique {label}.",
    "Why do adversaries use {name}?",
    "Brief me on {label} before the threat hunt.",
)
TACTIC = (
    "Which tactic does {label} serve?",
    "Place {label} in the attack life cycle.",
    "What is an attacker trying to achieve with {name}?",
    "Map {id} to its tactics.",
    "At which stage of an intrusion would you expect {label}?",
    "{id}: name the tactics and say what they mean.",
    "To which goals of an attacker does {label} contribute?",
)
MITIGATIONS = (
    "Which mitigations address {label}?",
    "How can an organisation protect itself against {label}?",
    "Recommend controls against {id}.",
    "Harden our environment against {label}: what should we do?",
    "We have seen {id} in an exercise. How do we make it harder?",
    "List preventive measures for {name}.",
    "Advise a system administrator on defending against {label}.",
    "Turn {id} into a list of controls to implement.",
)
GROUPS = (
    "Which threat groups use {label}?",
    "Who is known to use {id}?",
    "Name groups that rely on {label} and say what for.",
    "Is {label} used by known threat actors?",
    "For attribution work, list groups associated with {id}.",
    "Threat intelligence request: who employs {name}?",
)
PLATFORMS = (
    "On which platforms does {label} apply?",
    "Does {id} concern our systems? List its platforms.",
    "Where can attackers use {label}?",
    "Which environments must defend against {name}?",
    "Scope {id}: which platforms are affected, and what happens there?",
)
WATCH = (
    "Which data do we need to detect {label}?",
    "What should a SOC log to notice {id}?",
    "Where would {label} leave traces?",
    "Plan log collection for {label}.",
    "Our detection engineer starts on {id}. Which data sources matter?",
    "Telemetry for {name}: what do we collect?",
)
IDENTIFY = (
    "Which ATT&CK technique does this behaviour show?",
    "Map the following observation to MITRE ATT&CK.",
    "Name the technique that the report describes.",
    "An incident report contains this passage. Assign a technique.",
    "Identify the adversary technique and its tactic.",
    "Tag this paragraph with an ATT&CK id.",
    "From the description below, work out the technique.",
)

TASKS: tuple[Task[Technique], ...] = (
    Task("attack.explain", "explain", Technique, EXPLAIN, _explain),
    Task("attack.tactic", "map", Technique, TACTIC, _tactic),
    Task("attack.mitigations", "mitigate", Technique, MITIGATIONS, _mitigations),
    Task("attack.groups", "map", Technique, GROUPS, _groups),
    Task("attack.platforms", "map", Technique, PLATFORMS, _platforms),
    Task("attack.watch", "detect", Technique, WATCH, _watch),
    Task("attack.identify", "judge", Technique, IDENTIFY, _identify),
)
