"""Questions and dialogues about groups, malware and tools."""

from collections.abc import Iterator

from hackmentor.data.compose import attack_phrases as say
from hackmentor.data.compose.template import Dialogue, Piece, Plan, Shelf, Task
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import bullets, listed, paragraphs, whole
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor, TechniqueRef


def label(actor: Actor) -> str:
    """`APT29 (G0016)`."""
    return f"{actor.name} ({actor.upstream_id})"


def _slots(actor: Actor) -> dict[str, str]:
    kinds = {"group": "threat group", "malware": "malware", "tool": "tool"}
    return {"label": label(actor), "name": actor.name, "id": actor.upstream_id, "kind": kinds[actor.kind]}


def _profile(actor: Actor, voice: Voice, _: Shelf) -> Iterator[Piece]:
    also = f"It is also known as {listed(list(actor.also[:6]))}." if actor.also else ""
    runs = f"It runs on {listed(list(actor.platforms))}." if actor.platforms else ""
    users = f"Groups that use it: {say.group_names(actor.users, voice, 6)}." if actor.users else ""
    yield Piece(paragraphs(whole(actor.description, 130), " ".join(p for p in (also, runs, users) if p)), _slots(actor))


def _by_tactic(actor: Actor, voice: Voice, most: int = 3) -> list[str]:
    groups: dict[str, list[TechniqueRef]] = {}
    for technique in actor.techniques:
        for tactic in technique.tactics[:1]:
            groups.setdefault(tactic, []).append(technique)
    order = [tactic for tactic in say.GOALS if tactic in groups]
    return [f"{tactic}: {_some(voice.shuffle(tactic, groups[tactic]), most)}." for tactic in order]


def _some(techniques: list[TechniqueRef], most: int) -> str:
    return listed(sorted(f"{item.name} ({item.id})" for item in techniques[:most]))


def _techniques(actor: Actor, voice: Voice, _: Shelf) -> Iterator[Piece]:
    lines = _by_tactic(actor, voice)
    if len(lines) < 2:
        return
    number = say.count(len(actor.techniques), "technique")
    lead = f"ATT&CK records {number} for {label(actor)}. The main ones by tactic:"
    yield Piece(paragraphs(lead, bullets(lines)), _slots(actor))


def _defend(actor: Actor, voice: Voice, shelf: Shelf) -> Iterator[Piece]:
    lines = _defences(actor, voice, shelf)
    if len(lines) > 1:
        lead = f"Start with controls against techniques that {label(actor)} is known for:"
        yield Piece(paragraphs(lead, bullets(lines)), _slots(actor))


def _defences(actor: Actor, voice: Voice, shelf: Shelf) -> list[str]:
    known = [shelf.get(ref.id, Technique) for ref in actor.techniques]
    usable = [item for item in known if item and item.mitigations]
    lines: list[str] = []
    for technique in voice.shuffle("defend", usable)[:4]:
        names = listed([f"{m.name} ({m.id})" for m in technique.mitigations[:3]])
        lines.append(f"{say.label(technique)}: {names}.")
    return lines


def _arsenal(actor: Actor, voice: Voice, _: Shelf) -> Iterator[Piece]:
    if actor.kind == "group" and len(actor.tools) > 1:
        names = say.group_names(actor.tools, voice, 10)
        more = " among others" if len(actor.tools) > 10 else ""
        yield Piece(f"{label(actor)} has been seen with {names}{more}.", _slots(actor))


def _triage(actor: Actor, voice: Voice, shelf: Shelf) -> Iterator[Dialogue]:
    """Software found on a host: what is it, what does it do, who uses it, what now."""
    lines = _by_tactic(actor, voice, 2)
    if actor.kind == "group" or len(lines) < 2:
        return
    first = voice.pick(
        "first",
        (
            f"Our antivirus names {actor.name} on one host. What is that?",
            f"Endpoint protection found {actor.name}. Can you tell me about it?",
            f"What is {label(actor)}?",
            f"We think {actor.name} ran on a server last night. What are we dealing with?",
            f"A partner warns us of {actor.name}. What do you know about it?",
            f"Someone uploaded a sample and it was tagged {actor.name}. What does that mean?",
            f"{actor.name} turned up in our proxy logs. Should I know it?",
        ),
    )
    turns = [(first, whole(actor.description, 110))]
    what = voice.pick(
        "what", ("What can it do on that system?", "What would it have done so far?", "How does it operate?")
    )
    turns.append((what, paragraphs("By tactic, it is known for these techniques:", bullets(lines[:6]))))
    if actor.users:
        who = voice.pick("who", ("Who uses it?", "Does it tell us who is behind this?"))
        caution = "Treat that as a hint and not as proof of who is behind it."
        turns.append((who, f"It has been used by {say.group_names(actor.users, voice, 5)}. {caution}"))
    steps = _defences(actor, voice, shelf)[:3]
    now = voice.pick(
        "now", ("What should we check or change first?", "How do we close the door on it?", "So what do we do?")
    )
    contain = (
        "Isolate the host, keep its memory and disk for analysis, and change the credentials that were used on it."
    )
    after = paragraphs("Then address what it relies on:", bullets(steps)) if steps else ""
    turns.append((now, paragraphs(contain, after)))
    yield Dialogue(turns)


def _group_briefing(actor: Actor, voice: Voice, shelf: Shelf) -> Iterator[Dialogue]:
    """A group: who, how, with which tools, where to start defending."""
    lines = _by_tactic(actor, voice, 2)
    if actor.kind != "group" or len(lines) < 2:
        return
    first = voice.pick(
        "first",
        (
            f"Who is {actor.name}?",
            f"Our sector was warned of {label(actor)}. Who are they?",
            f"Give me a profile of {actor.name}.",
            f"I have ten minutes to learn about {actor.name}. Go ahead.",
        ),
    )
    also = f"Other names for the group: {listed(list(actor.also[:5]))}." if actor.also else ""
    turns = [(first, paragraphs(whole(actor.description, 110), also))]
    turns.append(("How do they work?", paragraphs("Known techniques by tactic:", bullets(lines[:7]))))
    if actor.tools:
        ask = voice.pick("tools", ("Which tools do they bring?", "What software should my detection team know?"))
        turns.append((ask, f"They have been seen with {say.group_names(actor.tools, voice, 8)}."))
    steps = _defences(actor, voice, shelf)
    if steps:
        ask = voice.pick("start", ("Where would you start with defences?", "Given those techniques, what comes first?"))
        turns.append((ask, paragraphs("With controls against techniques that they use:", bullets(steps))))
    if len(turns) > 2:
        yield Dialogue(turns)


PROFILE = (
    "What is known about {label}?",
    "Describe the {kind} {name}.",
    "Give a short profile of {label}.",
    "{name} was mentioned in a briefing. What is it?",
    "Summarise {label} for a threat intelligence report.",
    "Who or what is {name}?",
)
TECHNIQUES = (
    "Which techniques is {label} known for?",
    "Map the {kind} {name} to ATT&CK.",
    "How does {label} operate? Answer by tactic.",
    "List the tactics and techniques of {name}.",
    "Build an ATT&CK profile of {label}.",
)
DEFEND = (
    "How do we defend against {label}?",
    "Recommend controls against the {kind} {name}.",
    "Where should we start if {label} is a threat to us?",
    "Prioritise defences with {name} in mind.",
)
ARSENAL = (
    "Which software does {label} use?",
    "List the tools and malware of {name}.",
    "What is in the arsenal of {label}?",
    "With what software has {name} been seen?",
)

TASKS: tuple[Task[Actor], ...] = (
    Task("actor.profile", "explain", Actor, PROFILE, _profile),
    Task("actor.techniques", "map", Actor, TECHNIQUES, _techniques),
    Task("actor.defend", "mitigate", Actor, DEFEND, _defend),
    Task("actor.arsenal", "map", Actor, ARSENAL, _arsenal),
)
PLANS: tuple[Plan[Actor], ...] = (
    Plan("actor.triage", Actor, _triage),
    Plan("actor.group_briefing", Actor, _group_briefing),
)
