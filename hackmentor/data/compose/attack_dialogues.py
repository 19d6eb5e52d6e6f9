"""Dialogues about adversary techniques: each question takes up what the answer before it said."""

from collections.abc import Iterator

from hackmentor.data.compose import attack_phrases as phrases
from hackmentor.data.compose.attack_tasks import list_cases
from hackmentor.data.compose.template import Dialogue, DialogueTemplate, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs
from hackmentor.data.sources.attack import Technique

Turn = tuple[str, str]


def _build_briefing_dialogue(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    """What it is, how it would show, what helps, how to tell management."""
    if not technique.mitigations:
        return
    first = chooser.pick(
        "first",
        (
            f"What is {phrases.format_label(technique)}?",
            f"I am preparing a threat briefing. Can you explain {phrases.format_label(technique)}?",
            f"An advisory mentions {technique.upstream_id}. What do attackers do there?",
            f"Please explain {phrases.format_full_name(technique)} to me.",
            f"Can we talk about {phrases.format_label(technique)}? I know the name and nothing else.",
            f"{technique.upstream_id} is on the agenda of tomorrow's meeting. What is it about?",
            f"Yesterday's webinar kept returning to {phrases.format_full_name(technique)}. What did they mean?",
            f"My team lead asked me to read up on {phrases.format_label(technique)}. Where do I begin?",
            f"How does {phrases.format_label(technique)} work?",
            f"Our red team wants to test {technique.upstream_id}. What is it?",
        ),
    )
    turns = [(first, phrases.summarise_technique(technique, 45))]
    turns += [
        *_ask_about_goals(technique, chooser),
        *_ask_about_traces(technique, chooser),
        *_ask_about_measures(technique, chooser),
    ]
    turns += _ask_for_management_summary(technique, chooser)
    yield Dialogue(turns)


def _build_symptom_dialogue(technique: Technique, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Dialogue]:
    """From an observation to the technique, to its users, to evidence, to measures."""
    cases = list_cases(technique, chooser, entry_index)
    if not cases or not (technique.analytics or technique.data_sources or technique.mitigations):
        return
    text = cases[0][0]
    first = chooser.pick(
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
    why = f' What decides it is "{cases[0][1]}".'
    aim = f"Attackers use it for {phrases.format_goals(technique)}."
    turns = [(first, f"That is {phrases.format_label(technique)}.{why} {aim}")]
    turns += [
        *_ask_about_groups(technique, chooser),
        *_ask_about_traces(technique, chooser),
        *_ask_about_measures(technique, chooser),
    ]
    yield Dialogue(turns)


def _ask_about_goals(technique: Technique, chooser: HashChooser) -> Iterator[Turn]:
    question = chooser.pick(
        "why", ("What do they want to achieve with it?", "At which stage of an attack does that happen?")
    )
    yield question, f"It serves {phrases.format_goals(technique)}."


def _ask_about_groups(technique: Technique, chooser: HashChooser) -> Iterator[Turn]:
    if technique.groups:
        question = chooser.pick(
            "who", ("Who does that?", "Which groups are known for it?", "Does that point to an actor?")
        )
        caution = chooser.pick(
            "caution",
            (
                "Many attackers share techniques, so this alone is no attribution.",
                "A technique is a habit, not a signature: do not name anybody on this ground.",
                "That narrows nothing down by itself; unreported groups do the same.",
                "Leave the actor open until infrastructure or code point the same way.",
            ),
        )
        number = len(technique.groups)
        some = f", a selection of {number}" if number > 5 else ""
        yield question, f"Reported for {phrases.format_group_names(technique.groups, chooser, 5)}{some}. {caution}"


def _ask_about_traces(technique: Technique, chooser: HashChooser) -> Iterator[Turn]:
    lines = phrases.format_log_sources(technique, 4)
    if lines:
        question = chooser.pick(
            "traces",
            (
                "How would we notice it in our logs?",
                "Which data would show it?",
                "What should we collect to detect that?",
            ),
        )
        leads = (
            f"{technique.upstream_id} shows in these records:",
            "Search these first:",
            f"The catalogue's analytics for {technique.upstream_id} read:",
            "Collect and watch:",
        )
        yield question, join_paragraphs(chooser.pick("collect", leads), format_bullets(lines))


def _ask_about_measures(technique: Technique, chooser: HashChooser) -> Iterator[Turn]:
    lines = phrases.format_countermeasures(technique, 3, 30)
    names = phrases.list_unexplained_names(technique)
    if not lines and not names:
        return
    question = chooser.pick(
        "measures",
        (
            "And how do we make it harder for them?",
            "What can we do to prevent it?",
            "Which controls help against it?",
        ),
    )
    only = f"ATT&CK names {join_items(names)} for {technique.upstream_id}." if names else ""
    leads = ("Put these in place:", "What ATT&CK says for this technique:", "In its words for just this case:")
    yield question, join_paragraphs(chooser.pick("put", leads), format_bullets(lines)) if lines else only


def _ask_for_management_summary(technique: Technique, chooser: HashChooser) -> Iterator[Turn]:
    question = chooser.pick(
        "management",
        (
            "How do I explain this to our board in plain words?",
            "Sum that up for a manager, please.",
            "And in two sentences for people without a technical background?",
        ),
    )
    aims = phrases.get_goal(technique.tactics[0], technique.upstream_id)
    measures = [item for item in technique.mitigations if item.text] or list(technique.mitigations)
    names = join_items([phrases.format_as_gerund(measure) for measure in measures[:3]])
    done = "has done so" if len(technique.groups) == 1 else "have done so"
    known = f", and {phrases.format_count(len(technique.groups), 'known group')} {done}" if technique.groups else ""
    yield (
        question,
        (
            f"Attackers can use a method called {technique.name} to {aims}{known}. "
            f"We can lower that risk by {names}, which is what we ask you to support."
        ),
    )


DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Technique], ...] = (
    DialogueTemplate("attack.briefing", Technique, _build_briefing_dialogue),
    DialogueTemplate("attack.symptom", Technique, _build_symptom_dialogue),
)
