"""Dialogues about adversary techniques: each question takes up what the answer before it said."""

from collections.abc import Iterator

from hackmentor.data.compose import attack_phrases as say
from hackmentor.data.compose.attack_tasks import hidden
from hackmentor.data.compose.template import Dialogue, Plan, Shelf
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import bullets, listed, paragraphs
from hackmentor.data.sources.attack import Technique

Turn = tuple[str, str]


def _briefing(technique: Technique, voice: Voice, _: Shelf) -> Iterator[Dialogue]:
    """What it is, how it would show, what helps, how to tell management."""
    if not technique.mitigations:
        return
    first = voice.pick(
        "first",
        (
            f"What is {say.label(technique)}?",
            f"I am preparing a threat briefing. Can you explain {say.label(technique)}?",
            f"An advisory mentions {technique.upstream_id}. What do attackers do there?",
            f"Please explain {say.full_name(technique)} to me.",
            f"Can we talk about {say.label(technique)}? I know the name and nothing else.",
            f"{technique.upstream_id} is on the agenda of tomorrow's meeting. What is it about?",
            f"Yesterday's webinar kept returning to {say.full_name(technique)}. What did they mean?",
            f"My team lead asked me to read up on {say.label(technique)}. Where do I begin?",
            f"How does {say.label(technique)} work?",
            f"Our red team wants to test {technique.upstream_id}. What is it?",
        ),
    )
    turns = [(first, paragraphs(say.what_it_is(technique), say.detail(technique, 80)))]
    turns += [*_why(technique, voice), *_traces(technique, voice), *_measures(technique, voice)]
    turns += _management(technique, voice)
    yield Dialogue(turns)


def _symptom(technique: Technique, voice: Voice, _: Shelf) -> Iterator[Dialogue]:
    """From an observation to the technique, to its users, to evidence, to measures."""
    text = hidden(technique)
    if not text or not (technique.data_sources or technique.mitigations):
        return
    first = voice.pick(
        "first",
        (
            f"A report says: {text} Which technique is that?",
            f"Our incident responder noted this: {text} How do I classify it?",
            f"I need an ATT&CK id for this. {text}",
            f"From the notes of the night shift: {text} What are we looking at?",
            f"Help me tag this finding. {text}",
            f"We found the following during the investigation. {text} Does it have a name?",
            f"Let us work through an incident. {text} What is the technique?",
            f"Forensics came back with this. {text} What is it called in ATT&CK?",
            f"Can you make sense of this observation? {text}",
            f"This is in a partner's incident report: {text} How would ATT&CK file it?",
        ),
    )
    turns = [(first, f"That is {say.label(technique)}. Attackers use it for {say.goals(technique)}.")]
    turns += [*_who(technique, voice), *_traces(technique, voice), *_measures(technique, voice)]
    yield Dialogue(turns)


def _why(technique: Technique, voice: Voice) -> Iterator[Turn]:
    ask = voice.pick("why", ("What do they want to achieve with it?", "At which stage of an attack does that happen?"))
    yield ask, f"It serves {say.goals(technique)}."


def _who(technique: Technique, voice: Voice) -> Iterator[Turn]:
    if technique.groups:
        ask = voice.pick("who", ("Who does that?", "Which groups are known for it?", "Does that point to an actor?"))
        caution = (
            " Many attackers share techniques, so this alone is no attribution." if len(technique.groups) > 1 else ""
        )
        yield ask, f"It has been reported for {say.group_names(technique.groups, voice, 6)}.{caution}"


def _traces(technique: Technique, voice: Voice) -> Iterator[Turn]:
    if technique.data_sources:
        ask = voice.pick(
            "traces",
            (
                "How would we notice it in our logs?",
                "Which data would show it?",
                "What should we collect to detect that?",
            ),
        )
        lines = [source.replace(": ", ": ").strip() for source in technique.data_sources[:6]]
        yield ask, paragraphs(f"Collect and watch these data for {technique.upstream_id}:", bullets(lines))


def _measures(technique: Technique, voice: Voice) -> Iterator[Turn]:
    lines = say.countermeasure_lines(technique, voice, most=3, steps=1)
    if lines:
        ask = voice.pick(
            "measures",
            (
                "And how do we make it harder for them?",
                "What can we do to prevent it?",
                "Detection alone is not enough. Which controls help?"
                if technique.data_sources
                else "Which controls help against it?",
            ),
        )
        yield ask, paragraphs("Put these in place:", bullets(lines))


def _management(technique: Technique, voice: Voice) -> Iterator[Turn]:
    ask = voice.pick(
        "management",
        (
            "How do I explain this to our board in plain words?",
            "Sum that up for a manager, please.",
            "And in two sentences for people without a technical background?",
        ),
    )
    aims = listed([say.GOALS[tactic] for tactic in technique.tactics if tactic in say.GOALS])
    names = listed([say.measure_noun(measure) for measure in technique.mitigations[:3]])
    done = "has done so" if len(technique.groups) == 1 else "have done so"
    known = f", and {say.count(len(technique.groups), 'known group')} {done}" if technique.groups else ""
    yield (
        ask,
        (
            f"Attackers can use a method called {technique.name} to {aims}{known}. "
            f"We can lower that risk by {names}, which is what we ask you to support."
        ),
    )


PLANS: tuple[Plan[Technique], ...] = (
    Plan("attack.briefing", Technique, _briefing),
    Plan("attack.symptom", Technique, _symptom),
)
