"""Hunts from ATT&CK's analytics: what to look for, in which log, and what to tune."""

import re
from collections.abc import Iterator

from hackmentor.data.compose import attack_phrases as phrases
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs, trim_to_sentences
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_knowledge import Analytic

EVENT_CODES = re.compile(r"EventCode=([\d, ]+)")
WINDOWS_LOG = "WinEventLog:"


def _draft_hunt(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """One hunt for one platform: hypothesis, what to look for, where, what to tune, how it ends."""
    if not chooser.draw("kept", 0.48):
        return
    usable = [
        item
        for item in technique.analytics
        if item.log_sources and item.platforms and item.text and "{" not in item.text
    ]
    for analytic in chooser.shuffle("analytic", usable)[:1]:
        platform = join_items(list(analytic.platforms))
        slots = {
            "label": phrases.format_label(technique),
            "name": phrases.format_full_name(technique),
            "id": technique.upstream_id,
            "platform": platform,
        }
        idea = chooser.pick("idea", HYPOTHESES).format(**slots, goal=_get_first_goal(technique))
        look = f"{chooser.pick('look', LOOK_FOR)} {trim_to_sentences(analytic.text, 28)}"
        blocks = [
            idea,
            look,
            join_paragraphs(chooser.pick("logs", LOGS), format_bullets(_format_logs(analytic))),
            _format_tuning(analytic, chooser),
            chooser.pick("end", ENDINGS).format(**slots),
        ]
        yield AnswerDraft(join_paragraphs(*blocks), phrases.make_slots(technique, platform=platform))


def _format_logs(analytic: Analytic) -> list[str]:
    """Each log once, with its channels; Windows event ids as a filter that can be pasted."""
    logs: dict[str, list[str]] = {}
    for name, channel in analytic.log_sources:
        logs.setdefault(name, []).append(channel)
    return [_format_log(name, channels) for name, channels in list(logs.items())[:5]]


def _format_log(name: str, channels: list[str]) -> str:
    codes = [code.strip() for channel in channels for code in ",".join(EVENT_CODES.findall(channel)).split(",") if code]
    if name.startswith(WINDOWS_LOG) and codes and all(EVENT_CODES.fullmatch(channel) for channel in channels):
        distinct = ", ".join(sorted(dict.fromkeys(codes), key=int))
        return f"`{name.removeprefix(WINDOWS_LOG)}` log, event id {distinct}"
    return f"`{name}`: {'; '.join(channel.rstrip('.') for channel in channels[:3])}"


def _format_tuning(analytic: Analytic, chooser: HashChooser) -> str:
    tunables = [f"`{name}`" for name, _ in analytic.tunables[:3]]
    return chooser.pick("tune", TUNING).format(tunables=join_items(tunables)) if tunables else ""


def _get_first_goal(technique: Technique) -> str:
    return phrases.get_goal(technique.tactics[0], technique.upstream_id)


HYPOTHESES = (
    "On {platform}, is anybody doing what {label} describes? We do not know, which is why we look.",
    "Claim: {name} ({id}) would be caught on {platform} here. Let us see.",
    "{id} lets an attacker {goal}. The question is whether {platform} would tell us.",
    "Question for this hunt: who used {label} on {platform} in the last 30 days, and was it us?",
    "Some red team will use {label} on {platform}; better we find the gaps now.",
    "Hypothesis: somebody on {platform} already uses {label} to {goal}.",
    "Assume that {label} happened on {platform} last month, to {goal}; what would be left of it?",
    "We look for {label} on {platform}. If an intruder wanted to {goal}, the records below would differ from normal.",
    "Start from the claim that {id} on {platform} goes unnoticed here, and try to refute it.",
    "Idea: an attacker who has to {goal} on {platform} will leave the marks of {label}.",
    "{label}, {platform}. The claim to test: no alert of ours would fire on it.",
    "Suppose an intruder needs to {goal}. On {platform}, {id} is one way, and it can be searched for.",
)
LOOK_FOR = ("What to look for:", "Pattern:", "Behaviour sought:", "The analytic:", "In words:", "Signal:")
LOGS = (
    "Records needed:",
    "Logs and events:",
    "Query these:",
    "It can be read from:",
    "Collect first:",
    "Without these the hunt is blind:",
)
TUNING = (
    "Set before running it: {tunables}.",
    "Tune {tunables} to the estate.",
    "Expect noise until you have adjusted {tunables}.",
    "Local values to decide: {tunables}.",
    "Two runs: one wide, one with {tunables} narrowed.",
)
ENDINGS = (
    "Stack the hits by host and account, clear the ones with a change ticket, follow the rest backwards in time.",
    "Sort by rarity. Ask the owner of each odd host before you call it malicious.",
    "The hunt is done when every hit has an owner's answer or a case number.",
    "If nothing turns up, keep the query as a rule for {id} and record that the data was there.",
    "An empty result counts only after a harmless test of {id} has shown up in the same logs.",
    "Either you open an incident or you hand the query to detection engineering.",
    "Compare with a quiet week first; report new pairs of account and program.",
    "Close with two numbers: hosts covered, hosts without these logs.",
)
HUNT = (
    "Write a threat hunting hypothesis for {label} on {platform}.",
    "Plan a hunt for {id} on {platform}.",
    "Draft a hunt card for {label}, {platform}.",
    "We want to look for {name} on {platform}. Prepare the hunt.",
    "Create a hunting procedure around {id}, platform {platform}.",
    "Propose how to hunt for {label} on {platform}, from hypothesis to outcome.",
    "Which events would show {label} on {platform}, and how do we search them?",
)
QUESTION_TEMPLATES: tuple[QuestionTemplate[Technique], ...] = (
    QuestionTemplate("attack.hunt", "detect", Technique, HUNT, _draft_hunt),
)
