"""Dialogues over STIX bundles: from actor to tool to technique to defence, and from a hit to what to do."""

from collections.abc import Iterator

from hackmentor.data.compose import stix_phrases as say
from hackmentor.data.compose.template import Dialogue, Plan, Shelf
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import bullets, paragraphs, whole
from hackmentor.data.sources.stix_objects import Indicator, Link, Subject

Turn = tuple[str, str]


def _chain(actor: Subject, voice: Voice, shelf: Shelf) -> Iterator[Dialogue]:
    """Who they are, what software they bring, what that does, and what helps against it."""
    links = actor.linked("uses", *say.SOFTWARE)
    if actor.kind not in say.ACTORS or not links or not actor.description:
        return
    first = voice.pick(
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
    turns: list[Turn] = [(first, whole(actor.description, 90))]
    asks = ("Which software does it bring?", "What does it work with?", "And the tools?")
    ask = voice.pick("software", ("Which software was used?", "And the tools?") if actor.kind == "campaign" else asks)
    turns.append((ask, f"{actor.label} is linked with {say.names(links, voice)}."))
    tool = _known(links, voice, shelf)
    if tool:
        ask = voice.pick("tool", (f"What is {tool.name}?", f"Tell me more about {tool.name}.", f"{tool.name}?"))
        turns.append((ask, whole(tool.description, 80)))
        turns += _behaviour(tool, voice, shelf)
    else:
        turns += _behaviour(actor, voice, shelf)
    if len(turns) > 2:
        yield Dialogue(turns)


def _known(links: list[Link], voice: Voice, shelf: Shelf) -> Subject | None:
    """One of the objects just named that has something to tell and stands on this side of the split."""
    entries = [shelf.get(link.id, Subject) for link in say.some(links, voice)]
    told = [entry for entry in entries if entry and len(entry.description.split()) >= 6]
    # One that leads further makes the longer talk.
    return next((entry for entry in told if entry.linked("uses", "attack-pattern")), told[0] if told else None)


def _behaviour(user: Subject, voice: Voice, shelf: Shelf) -> Iterator[Turn]:
    """The techniques of an actor or of software, one of them in detail, and what helps."""
    links = user.linked("uses", "attack-pattern")
    if links:
        ask = voice.pick("do", ("What does that look like in practice?", "Which techniques come with it?"))
        yield ask, f"These techniques are linked with {user.name}: {say.names(links, voice)}."
        technique = _known(links, voice, shelf)
        if technique:
            which = voice.pick("technique", (f"Take {technique.name}. How does it work?", f"Explain {technique.name}."))
            yield which, whole(technique.description, 80)
            yield from _defence(technique, voice, shelf)
    yield from _detection(user, voice, shelf)


def _defence(technique: Subject, voice: Voice, shelf: Shelf) -> Iterator[Turn]:
    lines = [say.measure(link, shelf) for link in technique.linked("mitigates (by)")[:4]]
    if lines:
        ask = voice.pick("help", ("What helps against that?", "How do we make that harder?", "And the defence?"))
        yield ask, paragraphs(f"Against {technique.name}:", bullets(lines))


def _detection(subject: Subject, voice: Voice, shelf: Shelf) -> Iterator[Turn]:
    found = [shelf.get(link.id, Indicator) for link in subject.linked("indicates (by)")]
    patterns = [say.pattern(indicator) for indicator in found if indicator][:3]
    if patterns:
        ask = voice.pick("detect", (f"How would we find {subject.name}?", f"Do we have indicators for {subject.name}?"))
        yield ask, paragraphs(f"Search for {'this pattern' if len(patterns) == 1 else 'these patterns'}:", *patterns)


def _hit(indicator: Indicator, voice: Voice, shelf: Shelf) -> Iterator[Dialogue]:
    """An indicator matched: what it means, what that is, who uses it, what it does, what helps."""
    links = indicator.linked("indicates")
    threat = _known(links, voice, shelf)
    if not threat:
        return
    shown = say.pattern(indicator)
    first = voice.pick(
        "first",
        (
            f"This indicator matched in our logs. What is it?\n\n{shown}",
            f"What does a hit on this pattern mean?\n\n{shown}",
            f"We had a match on the following.\n\n{shown}\n\nWhat are we dealing with?",
            f"Can you help me read this indicator?\n\n{shown}",
            f"Night shift here. The platform shows this:\n\n{shown}\n\nIs that bad?",
        ),
    )
    told = whole(indicator.description, 60)
    turns: list[Turn] = [(first, paragraphs(f"It points to {say.names(links, voice)}.", told))]
    ask = voice.pick("what", (f"What is {threat.name}?", f"And {threat.name} is what?", f"Explain {threat.name}."))
    turns.append((ask, whole(threat.description, 80)))
    users = threat.linked("uses (by)", *say.ACTORS)
    if users:
        ask = voice.pick("who", ("Who uses it?", "Does that point to an actor?"))
        caution = "That is a hint, no proof: others may use it as well."
        turns.append((ask, f"It is linked with {say.names(users, voice)}. {caution}"))
    turns += [turn for turn in _behaviour(threat, voice, shelf) if indicator.pattern not in turn[1]]
    if len(turns) > 2:
        yield Dialogue(turns)


PLANS: tuple[Plan[Subject] | Plan[Indicator], ...] = (
    Plan("stix.chain", Subject, _chain),
    Plan("stix.hit", Indicator, _hit),
)
