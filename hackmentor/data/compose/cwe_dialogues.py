"""Dialogues about weaknesses: each question takes up what the answer before it said."""

from collections.abc import Iterator

from hackmentor.data.compose import cwe_code
from hackmentor.data.compose import cwe_phrases as say
from hackmentor.data.compose.template import Dialogue, Plan, Shelf
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import finish, listed, lower_first, paragraphs, whole
from hackmentor.data.sources.cwe_weakness import Mitigation, Weakness


def _briefing(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Dialogue]:
    """What it is, what it would do, how to prevent it, how to tell management."""
    risks, measures = say.business_risk(weakness), say.best_mitigations(weakness, 4)
    lines = say.consequence_lines(weakness)
    if not (risks and measures and lines):
        return
    first = voice.pick(
        "first",
        (
            f"Our scanner reports {weakness.upstream_id}. What is that?",
            f"I have to deal with a finding called {weakness.short_name}. Can you explain it?",
            f"What does {say.label(weakness)} mean?",
            f"The last penetration test lists {weakness.upstream_id}. Please tell me what it is.",
            f"Can you walk me through {say.label(weakness)}?",
            f"Since the last release our dashboard shows {weakness.upstream_id}. What does it stand for?",
            f"A customer asks whether we are affected by {say.label(weakness)}. What is it?",
            f"Tell me about {say.label(weakness)}, please. I am new to this.",
            f"During threat modelling somebody wrote {weakness.upstream_id} on the board. Can you explain?",
            f"Help me understand {say.label(weakness)}.",
        ),
    )
    turns = [(first, paragraphs(say.what_it_is(weakness), whole(weakness.extended, 90)))]
    second = voice.pick(
        "second",
        (
            "And what could an attacker do with it?",
            "I see. What would happen if somebody exploited that?",
            "How serious is that for us?",
            "Which effects would we notice if it were exploited?",
        ),
    )
    turns.append((second, say.lead_list(_effect_lead(weakness, voice), lines[:4])))
    third = voice.pick(
        "third",
        (
            "That is not acceptable. How do we prevent it?",
            "We cannot live with that. Which measures help?",
            "Then we need to act. What should the developers do?",
            "So how do we get rid of it?",
        ),
    )
    turns.append((third, say.lead_list("Take these measures:", [say.mitigation_line(item, 60) for item in measures])))
    fourth = voice.pick(
        "fourth",
        (
            "I have to explain this to management. Can you put it in two or three sentences?",
            "My manager is no engineer. How do I say this in plain words?",
            "Give me a short version for the risk committee, please.",
            "How would you justify the work to someone who pays for it?",
        ),
    )
    turns.append((fourth, _for_management(weakness, measures[0], voice)))
    yield Dialogue(turns)


def _effect_lead(weakness: Weakness, voice: Voice) -> str:
    return voice.pick(
        "effects",
        (
            f"Exploiting {weakness.upstream_id} has these effects:",
            "An attacker could achieve this:",
            "It breaks these security properties:",
        ),
    )


def _for_management(weakness: Weakness, measure: Mitigation, voice: Voice) -> str:
    risks = say.business_risk(weakness)
    opening = voice.pick(
        "opening",
        (
            f"Our product has a known type of flaw, {weakness.short_name}.",
            f"We found a flaw of the type {weakness.short_name} in our product.",
            f"There is a defect in our software that specialists call {weakness.short_name}.",
        ),
    )
    odds = (
        f" Specialists rate the chance of exploitation as {weakness.likelihood.lower()}." if weakness.likelihood else ""
    )
    phases = listed([phase.lower() for phase in measure.phases])
    ask = f"The fix belongs in {phases}, so we ask for time there." if phases else "We ask for time to fix it."
    return f"{opening} If someone exploits it, {listed(risks)}.{odds} {ask}"


def _clinic(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Dialogue]:
    """Code first: is it safe, what would happen, show the fix or the measure, keep it from coming back."""
    lines, measures = say.consequence_lines(weakness), say.best_mitigations(weakness, 3)
    for key, example in cwe_code.numbered_examples(weakness):
        answer = cwe_code.verdict(weakness, example, voice, key)
        if not answer or not lines:
            continue
        ask = voice.pick(
            f"ask{key}",
            (
                f"Can you look at this {example.language} code? Something about it bothers me.",
                f"I wrote this in {example.language}. Is it safe to ship?",
                "Please review this for security.",
                f"Does this {example.language} snippet have a security problem?",
                "A colleague says this code is fine. Do you agree?",
            ),
        )
        turns = [(paragraphs(ask, say.fenced(example.bad, example.language)), answer)]
        worry = voice.pick(
            f"worry{key}",
            (
                "What could somebody do with that?",
                f"How much should I worry about {weakness.upstream_id}?",
                "Is that really exploitable? What would be the effect?",
            ),
        )
        turns.append((worry, say.lead_list(_effect_lead(weakness, voice), lines[:3])))
        if example.good:
            fixed = say.fenced(example.good, example.language)
            told = cwe_code.reason(example.good_reason)
            turns.append(("Show me how you would change my code.", paragraphs("Change it like this:", fixed, told)))
        if measures:
            last = voice.pick(
                f"last{key}",
                (
                    "How do I keep this from happening again elsewhere?",
                    "And in general, what should I do differently?",
                    f"What should our guideline say so that nobody repeats {weakness.upstream_id}?",
                ),
            )
            turns.append((last, say.lead_list("In general:", [say.mitigation_line(item, 60) for item in measures])))
        if len(turns) > 2:
            yield Dialogue(turns, key)


def _advisory(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Dialogue]:
    """From one published vulnerability to its class, to its effect, to others like it, to the lesson."""
    measures = say.best_mitigations(weakness, 3)
    cases = voice.shuffle("cves", weakness.observed)
    lines = say.consequence_lines(weakness)
    if len(cases) < 2 or not lines:
        return
    case = cases[0]
    others = [item for item in cases[1:] if item.text != case.text][:3]
    if not others:
        return
    first = voice.pick(
        "first",
        (
            f"I am reading {case.cve}: {case.text} What kind of weakness is that?",
            f'An advisory says: "{case.text}" How would you classify it?',
            f"{case.cve} is in today's feed. {case.text} Which CWE is it?",
            f"What went wrong in {case.cve}? The record says: {case.text}",
        ),
    )
    turns = [(first, f"It is {say.label(weakness)}. {_because(weakness)}")]
    turns.append(
        (
            voice.pick("effect", ("What does that class of flaw lead to?", "What damage does this usually do?")),
            say.lead_list("Usually one or more of these:", lines[:3]),
        )
    )
    known = [f"{item.cve}: {item.text}" for item in others]
    turns.append(
        (
            voice.pick("more", ("Is it an isolated case, or are there others like it?", "Have other products had it?")),
            say.lead_list("Other products have had the same weakness:", known),
        )
    )
    if measures:
        ask = voice.pick(
            "lesson", ("What should we learn from these for our own product?", "How do we avoid being next?")
        )
        turns.append((ask, say.lead_list("Apply this:", [say.mitigation_line(item, 60) for item in measures])))
    yield Dialogue(turns)


def _because(weakness: Weakness) -> str:
    text = whole(weakness.description)
    small = lower_first(text)
    return f"In that weakness, {small}" if small != text else finish(text)


PLANS: tuple[Plan[Weakness], ...] = (
    Plan("cwe.briefing", Weakness, _briefing),
    Plan("cwe.code_clinic", Weakness, _clinic),
    Plan("cwe.advisory", Weakness, _advisory),
)
