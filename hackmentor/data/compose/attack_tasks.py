"""Questions about adversary techniques: what they are and how to tell, counter, scope and compare them."""

import re
from collections.abc import Iterator

from hackmentor.data.compose import attack_phrases as phrases
from hackmentor.data.compose import attack_wordings as wordings
from hackmentor.data.compose.instructions import is_instruction
from hackmentor.data.compose.telling_span import find_telling_span, gives_name_away
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import (
    format_bullets,
    join_items,
    join_paragraphs,
    split_sentences,
    trim_to_sentences,
)
from hackmentor.data.sources.attack import Technique

MAX_CASES = 2
GENERAL_FAMILIES = 3
BACK_REFERENCE = re.compile(r"\b(?:this|these|those|such|it|they|them|their)\b", re.IGNORECASE)
MIN_FACTS = 3
MIN_CASE_WORDS, MAX_CASE_WORDS = 12, 70


def _draft_dossier(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """All that was asked in separate questions before: what it is, what for, where, who, traces, countermeasures."""
    facts = chooser.shuffle("order", [fact for fact in _list_dossier_facts(technique, chooser) if fact])[:5]
    if len(facts) < MIN_FACTS or not chooser.draw("kept", 0.75):
        return
    layout = chooser.pick("layout", ("prose", "list", "list"))
    body = " ".join(facts) if layout == "prose" else format_bullets(facts)
    yield AnswerDraft(
        join_paragraphs(phrases.summarise_technique(technique, chooser, 26), body), phrases.make_slots(technique)
    )


def _list_dossier_facts(technique: Technique, chooser: HashChooser) -> list[str]:
    logs = phrases.format_log_sources(technique, 3)
    names = [measure.name for measure in technique.mitigations[:4]]
    children = [ref.name for ref in technique.children[:6]]
    known_group_count, software = len(technique.groups), len(technique.software)
    groups = phrases.format_count(known_group_count, "group")
    return [
        chooser.pick("why", wordings.WHY).format(goals=_format_aim(technique, chooser)),
        chooser.pick("where", wordings.WHERE).format(platforms=join_items(list(technique.platforms)))
        if technique.platforms
        else "",
        chooser.pick("who", wordings.WHO).format(groups=groups, software=phrases.format_count(software, "program"))
        if known_group_count and software
        else "",
        chooser.pick("logs", wordings.LOGS).format(logs=join_items(logs)) if logs else "",
        chooser.pick("names", wordings.COUNTER).format(names=join_items(names)) if names else "",
        chooser.pick("forms", wordings.FORMS).format(children=join_items(children)) if children else "",
    ]


def _format_aim(technique: Technique, chooser: HashChooser) -> str:
    """The tactics, in every third answer with what they mean."""
    explained = chooser.draw("explained", 1 / 3)
    return phrases.format_goals(technique) if explained else phrases.format_tactics(technique)


def _draft_mitigations(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    lines = phrases.format_countermeasures(technique)
    if not lines or _is_policy_subject(technique, chooser):
        return
    lead = chooser.pick("lead", wordings.MITIGATIONS_LEAD).format(**phrases.make_slots(technique))
    named = phrases.list_unexplained_names(technique)
    more = chooser.pick("more", wordings.NAMED_ONLY).format(names=join_items(named)) if named else ""
    yield AnswerDraft(
        join_paragraphs(lead, format_bullets(lines) if len(lines) > 1 else lines[0], more),
        phrases.make_slots(technique),
    )


def _draft_policy(technique: Technique, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    """Rules from what ATT&CK says of each mitigation for just this technique; nothing where it only names them."""
    general = _find_general_advice(entry_index)
    told = [sentence for measure in technique.mitigations for sentence in _list_rules(measure.text)]
    rules = [s for s in dict.fromkeys(told) if s not in general and phrases.bears_on(s, technique)]
    if len(rules) < 2 or not _is_policy_subject(technique, chooser):
        return
    head = chooser.pick("head", wordings.POLICY_HEAD).format(**phrases.make_slots(technique))
    aim = chooser.pick("aim", wordings.POLICY_AIM).format(goals=_format_aim(technique, chooser))
    logs = phrases.format_log_sources(technique, 2)
    proof = chooser.pick("proof", wordings.POLICY_PROOF).format(logs=join_items(logs, "or")) if logs else ""
    yield AnswerDraft(join_paragraphs(head, aim, format_bullets(rules[:6]), proof), phrases.make_slots(technique))


def _list_rules(text: str) -> list[str]:
    """The first sentence of a countermeasure, and the second where it does not point back; only what is an order."""
    first, *rest = split_sentences(trim_to_sentences(text.split("\n")[0], 45)) or [""]
    told = (first, *(s for s in rest[:1] if not BACK_REFERENCE.search(s)))
    return [sentence for sentence in told if len(sentence.split()) > 3 and is_instruction(sentence)]


def _find_general_advice(entry_index: EntryIndex) -> frozenset[str]:
    """The sentences that ATT&CK says in several families of techniques: they are about the control in general."""

    def count() -> frozenset[str]:
        families: dict[str, set[str]] = {}
        for technique in entry_index.iter_kind(Technique):
            family = technique.parent.id if technique.parent else technique.upstream_id
            for measure in technique.mitigations:
                for sentence in _list_rules(measure.text):
                    families.setdefault(sentence, set()).add(family)
        return frozenset(sentence for sentence, known in families.items() if len(known) >= GENERAL_FAMILIES)

    return entry_index.compute_once(_find_general_advice, count)


def _is_policy_subject(technique: Technique, chooser: HashChooser) -> bool:
    """Whether the technique's countermeasures are told as a policy; else as advice: each text is used in one form."""
    told = sum(bool(measure.text) for measure in technique.mitigations)
    return told > 1 and HashChooser(chooser.seed, technique.upstream_id, "countermeasures").draw("policy", 0.4)


def _draft_identify(technique: Technique, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    """From what an actor did to the technique, with the words that decide."""
    for number, (text, span) in enumerate(list_cases(technique, chooser, entry_index)[:MAX_CASES]):
        slots = {"label": phrases.format_label(technique), "span": span, "goals": phrases.format_tactics(technique)}
        lead = chooser.pick(f"lead{number}", wordings.IDENTIFIED).format(**slots)
        reason = chooser.pick(f"reason{number}", wordings.IDENTIFIED_BY).format(**slots)
        aim = chooser.pick(f"aim{number}", wordings.IDENTIFIED_AIM).format(**slots)
        tail = chooser.shuffle(f"tail{number}", [reason, aim])
        yield AnswerDraft(" ".join([lead, *tail]), phrases.make_slots(technique), input=text, key=str(number + 1))


def list_cases(technique: Technique, chooser: HashChooser, entry_index: EntryIndex) -> list[tuple[str, str]]:
    """Reported cases that do not name the technique, each with the words of it that point to the technique."""
    usable = [
        item.text
        for item in technique.procedures
        if MIN_CASE_WORDS <= len(item.text.split()) <= MAX_CASE_WORDS
        and "\n" not in item.text
        and technique.upstream_id not in item.text
        and not gives_name_away(item.text, technique.name)
    ]
    found = [(text, find_telling_span(text, technique, entry_index)) for text in chooser.shuffle("cases", usable)[:16]]
    return [(text, span) for text, span in found if span]


def _draft_scope(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    platforms = wordings.PLATFORM_PHRASES
    within = {*technique.platforms, *(["SaaS"] if _is_used_as_service(technique) else [])}
    known = [platform for platform in platforms if platform in technique.platforms]
    others = [platform for platform in platforms if platform not in within]
    if not known or not others or technique.domain == "mobile" or not chooser.draw("kept", 0.2):
        return
    affected = chooser.pick("affected", (True, False))
    platform = platforms[chooser.pick("place", known if affected else others)]
    slots = {"label": phrases.format_label(technique), "place": platform, "where": join_items(technique.platforms)}
    lead = chooser.pick("lead", wordings.IN_SCOPE if affected else wordings.OUT_OF_SCOPE).format(**slots)
    logs = phrases.format_log_sources(technique, 2)
    if affected:
        first = chooser.pick("first", wordings.SCOPE_STEP).format(logs=join_items(logs)) if logs else ""
    else:
        first = chooser.pick("again", wordings.SCOPE_REVIEW)
    yield AnswerDraft(f"{lead} {first}".strip(), phrases.make_slots(technique, place=platform))


def _is_used_as_service(technique: Technique) -> bool:
    """Office suites and identity providers are listed apart from SaaS, but most of them are used as such."""
    return bool({"Office Suite", "Identity Provider"} & set(technique.platforms))


QUESTION_TEMPLATES: tuple[QuestionTemplate[Technique], ...] = (
    QuestionTemplate("attack.mitigations", "mitigate", Technique, wordings.MITIGATIONS, _draft_mitigations),
    QuestionTemplate("attack.policy", "write a rule", Technique, wordings.POLICY, _draft_policy),
    QuestionTemplate("attack.identify", "judge", Technique, wordings.IDENTIFY, _draft_identify),
    QuestionTemplate("attack.dossier", "explain", Technique, wordings.DOSSIER, _draft_dossier),
    QuestionTemplate("attack.scope", "judge", Technique, wordings.SCOPE, _draft_scope),
)
