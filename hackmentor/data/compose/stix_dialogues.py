"""Dialogues over STIX bundles: from actor to tool to technique to defence, and from a hit to what to do."""

from collections.abc import Iterator

from hackmentor.data.compose import stix_phrases as phrases
from hackmentor.data.compose.template import Dialogue, DialogueTemplate, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_paragraphs, trim_to_sentences
from hackmentor.data.sources.stix_objects import Indicator, StixLink, StixSubject

Turn = tuple[str, str]


def _build_chain_dialogue(actor: StixSubject, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Dialogue]:
    """Who they are, what software they bring, what that does, and what helps against it."""
    links = actor.get_links("uses", *phrases.SOFTWARE)
    if actor.kind not in phrases.ACTORS or not links or not actor.description:
        return
    first = chooser.pick(
        "first",
        (
            f"Who is {actor.label}?",
            f"What do we know about {actor.label}?",
            f"We got a warning about {actor.label}. Please explain.",
            f"Let us look at {actor.label}. What is it?",
            f"I am writing an assessment of {actor.label}. Where do I begin?",
            f"Management asks about {actor.name}. What do I say?",
            f"Our sector is watching {actor.label}. Brief me.",
            f"Start with the basics on {actor.label}, please.",
            f"{actor.name} is new to me. What is it?",
            f"{actor.name} was mentioned in a call. Can you fill me in?",
            f"{actor.label}: what do our data say?",
            f"{actor.name} again. Remind me what that is.",
            f"Can you introduce {actor.label}?",
            f"The name {actor.label} stands in an advisory. What is it about?",
            f"I only know the name {actor.name}. What is behind it?",
            f"Prepare me for a briefing on {actor.label}.",
            f"Should I know {actor.label}?",
            f"Somebody forwarded a report on {actor.name}. Explain, please.",
        ),
    )
    turns: list[Turn] = [(first, trim_to_sentences(actor.description, 90))]
    asks = ("Which software does it bring?", "What does it work with?", "And the tools?")
    question = chooser.pick(
        "software", ("Which software was used?", "And the tools?") if actor.kind == "campaign" else asks
    )
    turns.append((question, f"{actor.label} is linked with {phrases.format_names(links, chooser)}."))
    tool = _choose_described(links, chooser, entry_index)
    if tool:
        question = chooser.pick("tool", (f"What is {tool.name}?", f"Tell me more about {tool.name}.", f"{tool.name}?"))
        turns.append((question, trim_to_sentences(tool.description, 80)))
        turns += _ask_about_techniques(tool, chooser, entry_index)
    else:
        turns += _ask_about_techniques(actor, chooser, entry_index)
    if len(turns) > 2:
        yield Dialogue(turns)


def _choose_described(links: list[StixLink], chooser: HashChooser, entry_index: EntryIndex) -> StixSubject | None:
    """One of the objects just named that has something to tell and stands on this side of the split."""
    entries = [entry_index.get(link.id, StixSubject) for link in phrases.select_links(links, chooser)]
    described = [entry for entry in entries if entry and len(entry.description.split()) >= 6]
    # An object with techniques of its own leads to a longer dialogue.
    return next(
        (entry for entry in described if entry.get_links("uses", "attack-pattern")), described[0] if described else None
    )


def _ask_about_techniques(user: StixSubject, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Turn]:
    """The techniques of an actor or of software, one of them in detail, and what helps."""
    links = user.get_links("uses", "attack-pattern")
    if links:
        question = chooser.pick("do", ("What does that look like in practice?", "Which techniques come with it?"))
        yield question, f"These techniques are linked with {user.name}: {phrases.format_names(links, chooser)}."
        technique = _choose_described(links, chooser, entry_index)
        if technique:
            which = chooser.pick(
                "technique", (f"Take {technique.name}. How does it work?", f"Explain {technique.name}.")
            )
            yield which, trim_to_sentences(technique.description, 80)
            yield from _ask_about_defence(technique, chooser, entry_index)
    yield from _ask_about_detection(user, chooser, entry_index)


def _ask_about_defence(technique: StixSubject, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Turn]:
    lines = [phrases.format_mitigation(link, entry_index) for link in technique.get_links("mitigates (by)")[:4]]
    if lines:
        question = chooser.pick("help", ("What helps against that?", "How do we make that harder?", "And the defence?"))
        yield question, join_paragraphs(f"Against {technique.name}:", format_bullets(lines))


def _ask_about_detection(subject: StixSubject, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Turn]:
    found = [entry_index.get(link.id, Indicator) for link in subject.get_links("indicates (by)")]
    patterns = [phrases.format_pattern(indicator) for indicator in found if indicator][:3]
    if patterns:
        question = chooser.pick(
            "detect", (f"How would we find {subject.name}?", f"Do we have indicators for {subject.name}?")
        )
        yield (
            question,
            join_paragraphs(f"Search for {'this pattern' if len(patterns) == 1 else 'these patterns'}:", *patterns),
        )


def _build_hit_dialogue(indicator: Indicator, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Dialogue]:
    """An indicator matched: what it means, what that is, who uses it, what it does, what helps."""
    links = indicator.get_links("indicates")
    threat = _choose_described(links, chooser, entry_index)
    if not threat:
        return
    shown = phrases.format_pattern(indicator)
    first = chooser.pick(
        "first",
        (
            f"This indicator matched in our logs. What is it?\n\n{shown}",
            f"What does a hit on this pattern mean?\n\n{shown}",
            f"We had a match on the following.\n\n{shown}\n\nWhat are we dealing with?",
            f"Can you help me read this indicator?\n\n{shown}",
            f"Night shift here. The platform shows this:\n\n{shown}\n\nIs that bad?",
        ),
    )
    description = trim_to_sentences(indicator.description, 60)
    turns: list[Turn] = [(first, join_paragraphs(f"It points to {phrases.format_names(links, chooser)}.", description))]
    question = chooser.pick(
        "what", (f"What is {threat.name}?", f"And {threat.name} is what?", f"Explain {threat.name}.")
    )
    turns.append((question, trim_to_sentences(threat.description, 80)))
    users = threat.get_links("uses (by)", *phrases.ACTORS)
    if users:
        question = chooser.pick("who", ("Who uses it?", "Does that point to an actor?"))
        caution = "That is a hint, no proof: others may use it as well."
        turns.append((question, f"It is linked with {phrases.format_names(users, chooser)}. {caution}"))
    turns += [turn for turn in _ask_about_techniques(threat, chooser, entry_index) if indicator.pattern not in turn[1]]
    if len(turns) > 2:
        yield Dialogue(turns)


DIALOGUE_TEMPLATES: tuple[DialogueTemplate[StixSubject] | DialogueTemplate[Indicator], ...] = (
    DialogueTemplate("stix.chain", StixSubject, _build_chain_dialogue),
    DialogueTemplate("stix.hit", Indicator, _build_hit_dialogue),
)
