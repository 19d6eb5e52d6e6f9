"""A dialogue at the analyst's desk: the assistant asks for facts, and the verdict depends on what it is told."""

import re
from collections.abc import Iterator

from hackmentor.data.compose import alert_dialogue_wordings as said
from hackmentor.data.compose import alerts
from hackmentor.data.compose.alert_facts import Investigation, investigate
from hackmentor.data.compose.template import Dialogue, DialogueTemplate, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import finish_sentence, split_sentences
from hackmentor.data.sources.sigma import Alert

KEPT = 0.05
OPENING = re.compile(r"(?:Detects?|Identifies|Detecting|Monitor and alert (?:for|on)|Alerts? (?:on|when))\s+")
URGENT_LEVELS = ("critical", "high")


def _build_desk_dialogue(alert: Alert, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    """An alert, what is asked back, what was found, what follows from just that, and one or two questions on it."""
    found = investigate(alert, chooser)
    # A rule that describes itself in the words of ATT&CK does not say what it saw.
    is_told = not alert.description.startswith(("Adversar", "Attackers", "Threat actors"))
    if not found or not is_told or not chooser.draw("kept", KEPT):
        return
    slots = alerts.make_slots(alert) | {"source": alerts.format_log_source(alert) or "our sensors"}
    told = chooser.pick("told", said.TOLD).format(facts=" ".join(fact.text for fact in found.facts))
    turns = [
        (
            chooser.pick("first", said.FIRST).format(**slots),
            f"{_explain_meaning(alert, chooser)} {_ask_back(found, chooser)}",
        ),
        (told, alerts.assess(alert, found, chooser)),
    ]
    more = [_ask_whether_it_waits(alert, found, chooser), _ask_what_would_change(found, chooser)]
    if found.verdict == "escalate":
        more.append((chooser.pick("report", said.REPORT), _write_report(alert, found, chooser)))
    elif found.verdict == "benign":
        more.append((chooser.pick("except", said.EXCEPT), _advise_exception(found, chooser)))
    count = chooser.pick("count", (1, 1, 2))
    order = chooser.shuffle("more", range(len(more)))[:count]
    yield Dialogue([*turns, *(more[number] for number in sorted(order))])


def _explain_meaning(alert: Alert, chooser: HashChooser) -> str:
    """`It detects …`, from descriptions that begin with a verb or tell what happened."""
    first = split_sentences(alert.description)[0]
    subject = chooser.pick("meaning", said.MEANING)
    found = OPENING.match(first)
    return finish_sentence(f"{subject} {first[found.end() :]}" if found else first)


def _ask_back(found: Investigation, chooser: HashChooser) -> str:
    """Two or three short questions, of which the facts answer some."""
    pool = said.QUESTIONS_SERVICE if found.is_service else said.QUESTIONS_HOST
    asked = chooser.shuffle("asked", pool)[: chooser.pick("askcount", (2, 3))]
    return " ".join([chooser.pick("ask", said.ASK_LEAD), *asked]).strip()


def _ask_whether_it_waits(alert: Alert, found: Investigation, chooser: HashChooser) -> tuple[str, str]:
    """A question that yes or no answers, and an answer that begins with the one that fits."""
    question, yes_means_wait = chooser.pick("wait", said.CAN_IT_WAIT)
    waits = found.verdict == "benign"
    lead = said.YES if waits == yes_means_wait else said.NO
    answer = chooser.pick("answer", said.WAIT[found.verdict])
    fact = chooser.pick("waitfact", found.facts)
    rated = chooser.pick("rated", said.RATED) if alert.level not in URGENT_LEVELS and not waits else ""
    told = answer.format(reading=fact.reading, step=fact.step[0].lower() + fact.step[1:].rstrip("."))
    return question, " ".join(part for part in (lead, told, rated.format(level=alert.level)) if part)


def _ask_what_would_change(found: Investigation, chooser: HashChooser) -> tuple[str, str]:
    """Which of the facts carries the verdict, and what the verdict would be without it."""
    fact = chooser.pick("pivot", found.facts)
    return chooser.pick("doubt", said.ASK_DOUBT), chooser.pick("turned", said.TURNED[found.verdict]).format(
        reading=fact.reading
    )


def _write_report(alert: Alert, found: Investigation, chooser: HashChooser) -> str:
    readings = "; ".join(fact.reading for fact in found.facts)
    return chooser.pick("line", said.REPORT_LINE).format(
        name=alert.name, readings=readings, step=alerts.list_steps(found, chooser)[0].rstrip(".")
    )


def _advise_exception(found: Investigation, chooser: HashChooser) -> str:
    return chooser.pick("exception", said.EXCEPTION).format(reading=found.facts[0].reading)


DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Alert], ...] = (DialogueTemplate("alert.desk", Alert, _build_desk_dialogue),)
