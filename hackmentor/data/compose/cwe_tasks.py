"""Questions about what a weakness is, how it is prevented, and which weakness a vulnerability shows."""

import re
from collections.abc import Iterator

from hackmentor.data.compose import cwe_phrases as phrases
from hackmentor.data.compose import cwe_wordings as wordings
from hackmentor.data.compose.instructions import trim_advice
from hackmentor.data.compose.telling_span import find_shared_clause, weigh_rare_words
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import (
    add_article,
    format_bullets,
    join_items,
    join_paragraphs,
    split_sentences,
    trim_to_sentences,
)
from hackmentor.data.sources.cwe_examples import ObservedExample
from hackmentor.data.sources.cwe_weakness import Mitigation, Weakness

# The one-line notes of old vulnerabilities are thin and dated: of each kind only a share is asked about.
RECENT_YEAR, OLD_SHARE, RECENT_SHARE = 2018, 0.7, 1.0
MAX_CASES = 2
MIN_FACTS = 3
REMOTE, REMOTE_SHARE = (range(1041, 1128), range(1189, 1350)), 0.35
# Shorthand of the catalogue's authors, which readers can't know, counts as well.
OWN_ID = re.compile(r"CWE-\d+|\bchain\b|\b(?-i:MIE|MFV)\b|\boverlaps\b", re.IGNORECASE)
LANGUAGE_KINDS = {
    "Interpreted": "interpreted languages",
    "Compiled": "compiled languages",
    "Hardware Description Language": "hardware description languages",
}


def _draft_dossier(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """All that was asked in separate questions before: what it is, its place, effects, home and how it is found."""
    facts = chooser.shuffle("order", [fact for fact in _list_dossier_facts(weakness, chooser) if fact])[:5]
    if len(facts) < MIN_FACTS or not chooser.draw("kept", REMOTE_SHARE if _is_remote(weakness) else 0.75):
        return
    layout = chooser.pick("layout", ("prose", "list", "list"))
    body = " ".join(facts) if layout == "prose" else format_bullets(facts)
    yield AnswerDraft(
        join_paragraphs(phrases.summarise_weakness(weakness, chooser, 28), body), phrases.make_slots(weakness)
    )


def _is_remote(weakness: Weakness) -> bool:
    """Whether a weakness is one of hardware design or code quality, which a security team meets seldom."""
    number = int(weakness.upstream_id.removeprefix("CWE-"))
    return any(number in numbers for numbers in REMOTE)


def _list_dossier_facts(weakness: Weakness, chooser: HashChooser) -> list[str]:
    above = join_items([f"{ref.id} ({ref.name})" for ref in weakness.parents[:2]])
    below = join_items([f"{ref.name} ({ref.id})" for ref in weakness.children[:3]])
    also = [term for term in weakness.alternate_terms if term != weakness.short_name][:3]
    effects = join_items(phrases.list_impacts(weakness)[:4])
    languages = [LANGUAGE_KINDS.get(name, name) for name in weakness.languages if name != "Other"]
    places = join_items([*languages, *(name for name in weakness.technologies if name != "Other")][:4])
    phases = join_items(list(dict.fromkeys(item.phase.lower() for item in weakness.introductions if item.phase))[:3])
    methods = join_items([item.method.lower() for item in weakness.detections][:3])
    cases = join_items([item.cve for item in sorted(weakness.observed, key=get_year)[-2:]])
    odds = weakness.likelihood.lower()
    level = add_article(weakness.abstraction.lower()) if weakness.abstraction else ""
    values = {
        "PLACE": above, "BELOW": below, "ALSO": join_items(also), "EFFECTS": effects, "PLACES": places,
        "PHASES": phases, "METHODS": methods, "CASES": cases, "ODDS": odds,
    }  # fmt: skip
    return [
        chooser.pick(name, getattr(wordings, name)).format(value=value, level=level) if value else ""
        for name, value in values.items()
    ]


def _draft_advice(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """Countermeasures as advice by phase."""
    measures = select_for_form(weakness, chooser, "advice")
    if len(measures) > 1:
        lines = [phrases.format_mitigation(item, 40) for item in measures]
        lead = chooser.pick("lead", wordings.ADVICE).format(**phrases.make_slots(weakness))
        yield AnswerDraft(phrases.format_lead_and_list(lead, lines), phrases.make_slots(weakness))


def _draft_requirement(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """Countermeasures as a rule of a development standard, with its reason and how it is checked."""
    measures = select_for_form(weakness, chooser, "requirement")
    if len(measures) > 1:
        head = chooser.pick("head", wordings.RULE_HEAD).format(**phrases.make_slots(weakness))
        effects = join_items(phrases.list_impacts(weakness)[:3])
        why = chooser.pick("why", wordings.RULE_WHY).format(effects=effects) if effects else ""
        rules = format_bullets(trim_advice(item.text, 40) for item in measures)
        methods = [item.method.lower() for item in weakness.detections if item.effectiveness not in ("None", "")]
        check = chooser.pick("check", wordings.RULE_CHECK).format(methods=join_items(methods[:2])) if methods else ""
        yield AnswerDraft(join_paragraphs(head, why, rules, check), phrases.make_slots(weakness))


def _draft_finding(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """Countermeasures as the recommendation of a finding."""
    measures, effects = select_for_form(weakness, chooser, "finding"), phrases.list_impacts(weakness)[:4]
    if measures and effects:
        title = chooser.pick("title", wordings.FINDING_TITLE).format(**phrases.make_slots(weakness))
        about = f"Description: {split_sentences(trim_to_sentences(weakness.description, 40))[0]}"
        impact = chooser.pick("impact", wordings.FINDING_IMPACT).format(effects=join_items(effects))
        odds = f"Likelihood of exploitation: {weakness.likelihood.lower()}." if weakness.likelihood else ""
        advice = phrases.add_title("Recommendation", trim_advice(measures[0].text, 40))
        retest = chooser.pick("retest", wordings.FINDING_RETEST)
        yield AnswerDraft(join_paragraphs(title, about, impact, odds, advice, retest), phrases.make_slots(weakness))


def select_for_form(weakness: Weakness, chooser: HashChooser, form: str) -> list[Mitigation]:
    """Up to three countermeasures, in one form of document for each weakness, so that no text comes in all of them."""
    drawn = HashChooser(chooser.seed, weakness.upstream_id, "countermeasures")
    chosen = drawn.pick("form", ("advice", "advice", "requirement", "finding"))
    return phrases.select_mitigations(weakness, 3, 40) if chosen == form else []


def _draft_name_from_cve(weakness: Weakness, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    for item in chooser.shuffle("which", list_cases(weakness))[:MAX_CASES]:
        share = RECENT_SHARE if get_year(item)[0] >= RECENT_YEAR else OLD_SHARE
        span = find_telling_words(item, weakness, entry_index)
        if span and chooser.draw(item.cve, share):
            slots = {"label": phrases.format_label(weakness), "span": span, "cve": item.cve}
            lead = chooser.pick(f"lead{item.cve}", wordings.ROOT_CAUSE).format(**slots)
            why = chooser.pick(f"why{item.cve}", wordings.ROOT_CAUSE_WHY).format(**slots)
            yield AnswerDraft(
                f"{lead} {why}",
                phrases.make_slots(weakness, cve=item.cve),
                input=f"{item.cve}: {item.text}",
                key=item.cve,
            )


def list_cases(weakness: Weakness) -> list[ObservedExample]:
    """The vulnerabilities that may serve as questions: the weakness may be assigned, and none gives its name away."""
    if not phrases.may_be_assigned(weakness):
        return []
    name = set(re.findall(r"[a-z]{4,}", weakness.short_name.lower()))
    names = _list_short_names(weakness)
    return [
        item
        for item in weakness.observed
        if not OWN_ID.search(item.text)
        and not (names and re.search(rf"\b(?:{'|'.join(map(re.escape, names))})\b", item.text, re.IGNORECASE))
        and len(item.text.split()) >= 8
        and len(name & set(re.findall(r"[a-z]{4,}", item.text.lower()))) * 4 < len(name) * 3
    ]


def _list_short_names(weakness: Weakness) -> list[str]:
    """What else the weakness is called, abbreviations too: `CSRF`, `XSS`."""
    capitals = re.findall(r"\b[A-Z]{3,6}s?\b", f"{weakness.name} {' '.join(weakness.alternate_terms)}")
    return list(dict.fromkeys([*capitals, *(term for term in weakness.alternate_terms if len(term) > 2)]))


def find_telling_words(item: ObservedExample, weakness: Weakness, entry_index: EntryIndex) -> str:
    """The words of a vulnerability's text that point to the weakness; empty if none do."""
    weights = entry_index.compute_once(
        find_telling_words,
        lambda: weigh_rare_words(_describe(entry) for entry in entry_index.iter_kind(Weakness)),
    )
    return find_shared_clause(item.text, _describe(weakness), weights)


def _describe(weakness: Weakness) -> str:
    return f"{weakness.name} {weakness.description} {weakness.extended}"


def get_year(item: ObservedExample) -> tuple[int, str]:
    """The year in the vulnerability's id and the id, to sort by."""
    return int(item.cve.split("-")[1]), item.cve


QUESTION_TEMPLATES: tuple[QuestionTemplate[Weakness], ...] = (
    QuestionTemplate("cwe.name_from_cve", "map", Weakness, wordings.NAME_FROM_CVE, _draft_name_from_cve),
    QuestionTemplate("cwe.mitigate", "mitigate", Weakness, wordings.MITIGATE, _draft_advice),
    QuestionTemplate("cwe.policy", "write a rule", Weakness, wordings.POLICY, _draft_requirement),
    QuestionTemplate("cwe.finding", "write a rule", Weakness, wordings.FINDING, _draft_finding),
    QuestionTemplate("cwe.dossier", "explain", Weakness, wordings.DOSSIER, _draft_dossier),
)
