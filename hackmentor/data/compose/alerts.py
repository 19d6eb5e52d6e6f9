"""Questions about alerts: triage from facts that are shown, with harmless outcomes too, and the technique behind."""

from collections.abc import Iterator
from functools import cache

from hackmentor.data.compose import alert_wordings as wordings
from hackmentor.data.compose.alert_facts import Investigation, investigate
from hackmentor.data.compose.attack_phrases import format_label
from hackmentor.data.compose.telling_span import find_shared_clause, gives_name_away, weigh_rare_words
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs
from hackmentor.data.sources.attack import Technique, load_attack
from hackmentor.data.sources.sigma import Alert

TRIAGED, MAPPED = 0.11, 1.0
MAX_TECHNIQUES = 2
QUOTED_WORDS = 7
# Tags of rules are wrong now and then: more has to speak for them than for what ATT&CK itself says.
MIN_GROUND = 8.0


def format_log_source(alert: Alert) -> str:
    """`Windows process creation`; empty where the rule names none."""
    product = wordings.PRODUCTS.get(alert.product, alert.product.capitalize())
    category = wordings.CATEGORIES.get(alert.category, alert.category.replace("_", " "))
    return " ".join(part for part in (product, category) if part)


def format_alert(alert: Alert) -> str:
    """What an analyst sees of an alert: rule, what it looks for, level, log source, known false positives."""
    source = format_log_source(alert)
    lines = [
        f"Rule: {alert.name}",
        f"Looks for: {alert.description}",
        f"Level: {alert.level}",
        f"Log source: {source}" if source else "",
        f"Known false positives: {' '.join(alert.false_positives[:2])}" if alert.false_positives else "",
    ]
    return "\n".join(line for line in lines if line)


def make_slots(alert: Alert) -> dict[str, str]:
    """The slots that every question about an alert may fill."""
    return {"name": alert.name, "level": alert.level, "log": format_log_source(alert) or "the log"}


def _draft_triage(alert: Alert, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    found = investigate(alert, chooser)
    if not found or not chooser.draw("kept", TRIAGED):
        return
    shown = join_paragraphs(format_alert(alert), join_facts(found))
    yield AnswerDraft(assess(alert, found, chooser), make_slots(alert), shown)


def join_facts(found: Investigation) -> str:
    """The facts as a list under a lead-in."""
    return "Found out so far:\n" + format_bullets(fact.text for fact in found.facts)


def assess(alert: Alert, found: Investigation, chooser: HashChooser, key: str = "") -> str:
    """Verdict, the facts that decide, what remains open, and the next steps."""
    verdict = chooser.pick(f"say{key}", wordings.VERDICTS[found.verdict]).format(level=alert.level)
    because = _join_readings(found, chooser, key)
    steps = list_steps(found, chooser, key)
    aim = ""
    if found.verdict == "escalate" and (tags := _list_grounded_tags(alert)):
        aim = chooser.pick(f"aim{key}", wordings.AIM).format(names=join_items([label for label, _ in tags]))
    doubt = chooser.pick(f"doubt{key}", wordings.DOUBT[found.verdict]) if chooser.draw(f"doubted{key}", 0.35) else ""
    layout = chooser.pick(f"layout{key}", ("list", "prose"))
    work = format_bullets(steps) if layout == "list" else " ".join(steps)
    parts = [f"{verdict} {because}", aim, work, doubt]
    return join_paragraphs(*parts) if layout == "list" else " ".join(part for part in parts if part)


def _join_readings(found: Investigation, chooser: HashChooser, key: str) -> str:
    """What decides, in one sentence behind a lead-in or in a sentence for each fact."""
    readings = [fact.reading for fact in found.facts]
    if chooser.draw(f"framed{key}", 0.45):
        return chooser.pick(f"because{key}", wordings.BECAUSE).format(readings="; ".join(readings))
    # The name of a host keeps its small letters.
    return " ".join(f"{text if text.startswith(found.host) else text[0].upper() + text[1:]}." for text in readings)


def list_steps(found: Investigation, chooser: HashChooser, key: str = "") -> list[str]:
    """What follows from the facts, and for an escalation first the containment that fits the asset."""
    steps = [f"{fact.step.rstrip('.')}." if not fact.step.endswith("?") else fact.step for fact in found.facts]
    if found.verdict == "escalate":
        options = wordings.CONTAIN_SERVICE if found.is_service else wordings.CONTAIN_HOST
        steps.insert(0, chooser.pick(f"contain{key}", options).format(host=found.host))
    return steps


def _draft_map(alert: Alert, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """The technique behind an alert; only where the alert's own words share rare ones with the technique's."""
    if not 0 < len(alert.techniques) <= MAX_TECHNIQUES or not alert.tactics or not chooser.draw("kept", MAPPED):
        return
    text = f"{alert.name}. {alert.description}"
    if any(gives_name_away(text, ref.name) or _quotes_definition(text, ref.id) for ref in alert.techniques):
        return
    tags = _list_grounded_tags(alert)
    if len(tags) < len(alert.techniques) or len({span for _, span in tags}) < len(tags):
        return
    told = [chooser.pick(f"map{label}", wordings.MAPPED).format(label=label, span=span) for label, span in tags]
    tactics = join_items(list(alert.tactics))
    aim = chooser.pick("aim", wordings.MAPPED_AIM).format(tactics=tactics)
    yield AnswerDraft(" ".join([*told, aim]), make_slots(alert), f"Rule: {alert.name}\n\n{alert.description}")


def _list_grounded_tags(alert: Alert) -> list[tuple[str, str]]:
    """The techniques, at most two, that the rule's text supports, each with the words that do; tags may be wrong."""
    known, weights = _weigh_techniques()
    text = f"{alert.name}. {alert.description}"
    found = [(ref, find_shared_clause(text, known.get(ref.id, ""), weights, MIN_GROUND)) for ref in alert.techniques]
    return [(format_label(ref), span) for ref, span in found if span][:MAX_TECHNIQUES]


def _quotes_definition(text: str, technique: str) -> bool:
    """Whether a rule describes itself in the words of ATT&CK, which say nothing of what the rule saw."""
    words, known = text.lower().split(), " ".join(_weigh_techniques()[0].get(technique, "").lower().split())
    return any(" ".join(words[at : at + QUOTED_WORDS]) in known for at in range(len(words) - QUOTED_WORDS + 1))


@cache
def _weigh_techniques() -> tuple[dict[str, str], dict[str, float]]:
    entries = [entry for entry in load_attack().entries if isinstance(entry, Technique)]
    known = {entry.upstream_id: f"{entry.name} {entry.description}" for entry in entries}
    return known, weigh_rare_words(known.values())


QUESTION_TEMPLATES: tuple[QuestionTemplate[Alert], ...] = (
    QuestionTemplate("alert.triage", "analyse an alert", Alert, wordings.TRIAGE, _draft_triage),
    QuestionTemplate("alert.map", "map", Alert, wordings.MAP, _draft_map),
)
