"""Dialogues about weaknesses: each question takes up what the answer before it said."""

from collections.abc import Iterator

from hackmentor.data.compose import cwe_code
from hackmentor.data.compose import cwe_phrases as phrases
from hackmentor.data.compose.plain_words import say_plainly
from hackmentor.data.compose.template import Dialogue, DialogueTemplate, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import finish_sentence, join_items, join_paragraphs, lower_first_letter, trim_to_sentences
from hackmentor.data.sources.cwe_weakness import Mitigation, Weakness


def _build_briefing_dialogue(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    """What it is, what it would do, how to prevent it, how to tell management."""
    risks, measures = phrases.list_business_risks(weakness), phrases.select_mitigations(weakness, 4)
    lines = phrases.format_consequences(weakness)
    if not (risks and measures and lines):
        return
    first = chooser.pick(
        "first",
        (
            f"Our scanner reports {weakness.upstream_id}. What is that?",
            f"I have to deal with a finding called {weakness.short_name}. Can you explain it?",
            f"What does {phrases.format_label(weakness)} mean?",
            f"The last penetration test lists {weakness.upstream_id}. Please tell me what it is.",
            f"Can you walk me through {phrases.format_label(weakness)}?",
            f"Since the last release our dashboard shows {weakness.upstream_id}. What does it stand for?",
            f"A customer asks whether we are affected by {phrases.format_label(weakness)}. What is it?",
            f"Tell me about {phrases.format_label(weakness)}, please. I am new to this.",
            f"During threat modelling somebody wrote {weakness.upstream_id} on the board. Can you explain?",
            f"Help me understand {phrases.format_label(weakness)}.",
        ),
    )
    turns = [(first, join_paragraphs(phrases.summarise_weakness(weakness), trim_to_sentences(weakness.extended, 90)))]
    second = chooser.pick(
        "second",
        (
            "And what could an attacker do with it?",
            "I see. What would happen if somebody exploited that?",
            "How serious is that for us?",
            "Which effects would we notice if it were exploited?",
        ),
    )
    turns.append((second, phrases.format_lead_and_list(_choose_effect_lead(weakness, chooser), lines[:4])))
    third = chooser.pick(
        "third",
        (
            "That is not acceptable. How do we prevent it?",
            "We cannot live with that. Which measures help?",
            "Then we need to act. What should the developers do?",
            "So how do we get rid of it?",
        ),
    )
    turns.append(
        (
            third,
            phrases.format_lead_and_list(
                "Take these measures:", [phrases.format_mitigation(item, 60) for item in measures]
            ),
        )
    )
    fourth = chooser.pick(
        "fourth",
        (
            "I have to explain this to management. Can you put it in two or three sentences?",
            "My manager is no engineer. How do I say this in plain words?",
            "Give me a short version for the risk committee, please.",
            "How would you justify the work to someone who pays for it?",
        ),
    )
    turns.append((fourth, _summarise_for_management(weakness, measures[0], chooser)))
    yield Dialogue(turns)


def _choose_effect_lead(weakness: Weakness, chooser: HashChooser) -> str:
    return chooser.pick(
        "effects",
        (
            f"Exploiting {weakness.upstream_id} has these effects:",
            "An attacker could achieve this:",
            "It breaks these security properties:",
        ),
    )


def _summarise_for_management(weakness: Weakness, measure: Mitigation, chooser: HashChooser) -> str:
    risks = phrases.list_business_risks(weakness)
    opening = say_plainly(weakness, chooser)
    odds = (
        f" Specialists rate the chance of exploitation as {weakness.likelihood.lower()}." if weakness.likelihood else ""
    )
    phases = join_items([phase.lower() for phase in measure.phases])
    question = f"The fix belongs in {phases}, so we ask for time there." if phases else "We ask for time to fix it."
    return f"{opening} If someone exploits it, {join_items(risks)}.{odds} {question}"


def _build_clinic_dialogue(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    """Code first: is it safe, what would happen, show the fix or the measure, keep it from coming back."""
    lines, measures = phrases.format_consequences(weakness), phrases.select_mitigations(weakness, 3)
    for key, example in cwe_code.iter_numbered_examples(weakness):
        answer = cwe_code.format_verdict(weakness, example, chooser, key)
        if not answer or not lines:
            continue
        question = chooser.pick(
            f"ask{key}",
            (
                f"Can you look at this {example.language} code? Something about it bothers me.",
                f"I wrote this in {example.language}. Is it safe to ship?",
                "Please review this for security.",
                f"Does this {example.language} snippet have a security problem?",
                "A colleague says this code is fine. Do you agree?",
            ),
        )
        turns = [(join_paragraphs(question, phrases.fence_code(example.bad, example.language)), answer)]
        worry = chooser.pick(
            f"worry{key}",
            (
                "What could somebody do with that?",
                f"How much should I worry about {weakness.upstream_id}?",
                "Is that really exploitable? What would be the effect?",
            ),
        )
        turns.append((worry, phrases.format_lead_and_list(_choose_effect_lead(weakness, chooser), lines[:3])))
        if example.good:
            fixed = phrases.fence_code(example.good, example.language)
            explanation = cwe_code.clean_explanation(example.good_reason)
            turns.append(
                ("Show me how you would change my code.", join_paragraphs("Change it like this:", fixed, explanation))
            )
        if measures:
            last = chooser.pick(
                f"last{key}",
                (
                    "How do I keep this from happening again elsewhere?",
                    "And in general, what should I do differently?",
                    f"What should our guideline say so that nobody repeats {weakness.upstream_id}?",
                ),
            )
            turns.append(
                (
                    last,
                    phrases.format_lead_and_list(
                        "In general:", [phrases.format_mitigation(item, 60) for item in measures]
                    ),
                )
            )
        if len(turns) > 2:
            yield Dialogue(turns, key)


def _build_advisory_dialogue(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    """From one published vulnerability to its class, to its effect, to others like it, to the lesson."""
    measures = phrases.select_mitigations(weakness, 3)
    cases = chooser.shuffle("cves", weakness.observed)
    lines = phrases.format_consequences(weakness)
    if len(cases) < 2 or not lines:
        return
    case = cases[0]
    others = [item for item in cases[1:] if item.text != case.text][:3]
    if not others:
        return
    first = chooser.pick(
        "first",
        (
            f"I am reading {case.cve}: {case.text} What kind of weakness is that?",
            f'An advisory says: "{case.text}" How would you classify it?',
            f"{case.cve} is in today's feed. {case.text} Which CWE is it?",
            f"What went wrong in {case.cve}? The record says: {case.text}",
        ),
    )
    turns = [(first, f"It is {phrases.format_label(weakness)}. {_format_reason(weakness)}")]
    turns.append(
        (
            chooser.pick("effect", ("What does that class of flaw lead to?", "What damage does this usually do?")),
            phrases.format_lead_and_list("Usually one or more of these:", lines[:3]),
        )
    )
    known = [f"{item.cve}: {item.text}" for item in others]
    turns.append(
        (
            chooser.pick(
                "more", ("Is it an isolated case, or are there others like it?", "Have other products had it?")
            ),
            phrases.format_lead_and_list("Other products have had the same weakness:", known),
        )
    )
    if measures:
        question = chooser.pick(
            "lesson", ("What should we learn from these for our own product?", "How do we avoid being next?")
        )
        turns.append(
            (
                question,
                phrases.format_lead_and_list("Apply this:", [phrases.format_mitigation(item, 60) for item in measures]),
            )
        )
    yield Dialogue(turns)


def _format_reason(weakness: Weakness) -> str:
    text = trim_to_sentences(weakness.description)
    small = lower_first_letter(text)
    return f"In that weakness, {small}" if small != text else finish_sentence(text)


DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Weakness], ...] = (
    DialogueTemplate("cwe.briefing", Weakness, _build_briefing_dialogue),
    DialogueTemplate("cwe.code_clinic", Weakness, _build_clinic_dialogue),
    DialogueTemplate("cwe.advisory", Weakness, _build_advisory_dialogue),
)
