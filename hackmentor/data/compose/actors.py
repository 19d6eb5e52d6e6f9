"""Questions and dialogues about groups, malware and tools."""

from collections.abc import Iterator

from hackmentor.data.compose import attack_phrases as phrases
from hackmentor.data.compose.template import AnswerDraft, Dialogue, DialogueTemplate, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs, trim_to_sentences
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor, TechniqueRef


def format_label(actor: Actor) -> str:
    """`APT29 (G0016)`."""
    return f"{actor.name} ({actor.upstream_id})"


def _make_slots(actor: Actor) -> dict[str, str]:
    kinds = {"group": "threat group", "malware": "malware", "tool": "tool"}
    return {"label": format_label(actor), "name": actor.name, "id": actor.upstream_id, "kind": kinds[actor.kind]}


def _draft_profile(actor: Actor, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    also = f"It is also known as {join_items(list(actor.aliases[:6]))}." if actor.aliases else ""
    runs = f"It runs on {join_items(list(actor.platforms))}." if actor.platforms else ""
    users = f"Groups that use it: {phrases.format_group_names(actor.users, chooser, 6)}." if actor.users else ""
    yield AnswerDraft(
        join_paragraphs(trim_to_sentences(actor.description, 130), " ".join(p for p in (also, runs, users) if p)),
        _make_slots(actor),
    )


def _format_techniques_by_tactic(actor: Actor, chooser: HashChooser, max_techniques: int = 3) -> list[str]:
    groups: dict[str, list[TechniqueRef]] = {}
    for technique in actor.techniques:
        for tactic in technique.tactics[:1]:
            groups.setdefault(tactic, []).append(technique)
    order = [tactic for tactic in phrases.GOALS if tactic in groups]
    return [
        f"{tactic}: {_format_techniques(chooser.shuffle(tactic, groups[tactic]), max_techniques)}." for tactic in order
    ]


def _format_techniques(techniques: list[TechniqueRef], max_techniques: int) -> str:
    return join_items(sorted(f"{item.name} ({item.id})" for item in techniques[:max_techniques]))


def _draft_techniques(actor: Actor, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    lines = _format_techniques_by_tactic(actor, chooser)
    if len(lines) < 2:
        return
    number = phrases.format_count(len(actor.techniques), "technique")
    lead = f"ATT&CK records {number} for {format_label(actor)}. The main ones by tactic:"
    yield AnswerDraft(join_paragraphs(lead, format_bullets(lines)), _make_slots(actor))


def _draft_defend(actor: Actor, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    lines = _format_defences(actor, chooser, entry_index)
    if len(lines) > 1:
        lead = f"Start with controls against techniques that {format_label(actor)} is known for:"
        yield AnswerDraft(join_paragraphs(lead, format_bullets(lines)), _make_slots(actor))


def _format_defences(actor: Actor, chooser: HashChooser, entry_index: EntryIndex) -> list[str]:
    known = [entry_index.get(ref.id, Technique) for ref in actor.techniques]
    usable = [item for item in known if item and item.mitigations]
    lines: list[str] = []
    for technique in chooser.shuffle("defend", usable)[:4]:
        names = join_items([f"{m.name} ({m.id})" for m in technique.mitigations[:3]])
        lines.append(f"{phrases.format_label(technique)}: {names}.")
    return lines


def _draft_arsenal(actor: Actor, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    if actor.kind == "group" and len(actor.tools) > 1:
        names = phrases.format_group_names(actor.tools, chooser, 10)
        more = " among others" if len(actor.tools) > 10 else ""
        yield AnswerDraft(f"{format_label(actor)} has been seen with {names}{more}.", _make_slots(actor))


def _build_triage_dialogue(actor: Actor, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Dialogue]:
    """Software found on a host: what is it, what does it do, who uses it, what now."""
    lines = _format_techniques_by_tactic(actor, chooser, 2)
    if actor.kind == "group" or len(lines) < 2:
        return
    first = chooser.pick(
        "first",
        (
            f"Our antivirus names {actor.name} on one host. What is that?",
            f"Endpoint protection found {actor.name}. Can you tell me about it?",
            f"What is {format_label(actor)}?",
            f"We think {actor.name} ran on a server last night. What are we dealing with?",
            f"A partner warns us of {actor.name}. What do you know about it?",
            f"Someone uploaded a sample and it was tagged {actor.name}. What does that mean?",
            f"{actor.name} turned up in our proxy logs. Should I know it?",
        ),
    )
    turns = [(first, trim_to_sentences(actor.description, 110))]
    question_about_use = chooser.pick(
        "what", ("What can it do on that system?", "What would it have done so far?", "How does it operate?")
    )
    turns.append(
        (question_about_use, join_paragraphs("By tactic, it is known for these techniques:", format_bullets(lines[:6])))
    )
    if actor.users:
        question_about_users = chooser.pick("who", ("Who uses it?", "Does it tell us who is behind this?"))
        caution = "Treat that as a hint and not as proof of who is behind it."
        turns.append(
            (
                question_about_users,
                f"It has been used by {phrases.format_group_names(actor.users, chooser, 5)}. {caution}",
            )
        )
    steps = _format_defences(actor, chooser, entry_index)[:3]
    question_about_response = chooser.pick(
        "now", ("What should we check or change first?", "How do we close the door on it?", "So what do we do?")
    )
    contain = (
        "Isolate the host, keep its memory and disk for analysis, and change the credentials that were used on it."
    )
    after = join_paragraphs("Then address what it relies on:", format_bullets(steps)) if steps else ""
    turns.append((question_about_response, join_paragraphs(contain, after)))
    yield Dialogue(turns)


def _build_group_briefing_dialogue(actor: Actor, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Dialogue]:
    """A group: who, how, with which tools, where to start defending."""
    lines = _format_techniques_by_tactic(actor, chooser, 2)
    if actor.kind != "group" or len(lines) < 2:
        return
    first = chooser.pick(
        "first",
        (
            f"Who is {actor.name}?",
            f"Our sector was warned of {format_label(actor)}. Who are they?",
            f"Give me a profile of {actor.name}.",
            f"I have ten minutes to learn about {actor.name}. Go ahead.",
        ),
    )
    also = f"Other names for the group: {join_items(list(actor.aliases[:5]))}." if actor.aliases else ""
    turns = [(first, join_paragraphs(trim_to_sentences(actor.description, 110), also))]
    turns.append(("How do they work?", join_paragraphs("Known techniques by tactic:", format_bullets(lines[:7]))))
    if actor.tools:
        question = chooser.pick("tools", ("Which tools do they bring?", "What software should my detection team know?"))
        turns.append((question, f"They have been seen with {phrases.format_group_names(actor.tools, chooser, 8)}."))
    steps = _format_defences(actor, chooser, entry_index)
    if steps:
        question = chooser.pick(
            "start", ("Where would you start with defences?", "Given those techniques, what comes first?")
        )
        turns.append(
            (question, join_paragraphs("With controls against techniques that they use:", format_bullets(steps)))
        )
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

QUESTION_TEMPLATES: tuple[QuestionTemplate[Actor], ...] = (
    QuestionTemplate("actor.profile", "explain", Actor, PROFILE, _draft_profile),
    QuestionTemplate("actor.techniques", "map", Actor, TECHNIQUES, _draft_techniques),
    QuestionTemplate("actor.defend", "mitigate", Actor, DEFEND, _draft_defend),
    QuestionTemplate("actor.arsenal", "map", Actor, ARSENAL, _draft_arsenal),
)
DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Actor], ...] = (
    DialogueTemplate("actor.triage", Actor, _build_triage_dialogue),
    DialogueTemplate("actor.group_briefing", Actor, _build_group_briefing_dialogue),
)
