"""A dialogue at the analyst's desk: the assistant asks for facts, and the verdict depends on what it is told."""

from collections.abc import Iterator

from hackmentor.data.compose import alerts
from hackmentor.data.compose.alert_facts import Investigation, investigate
from hackmentor.data.compose.template import Dialogue, DialogueTemplate, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import finish_sentence, split_sentences
from hackmentor.data.sources.sigma import Alert

KEPT = 0.17
URGENT_LEVELS = ("critical", "high")


def _build_desk_dialogue(alert: Alert, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    """An alert, what is asked back, what was found, and what follows from just that."""
    found = investigate(alert, chooser)
    if not found or not chooser.draw("kept", KEPT):
        return
    slots = alerts.make_slots(alert) | {"source": alerts.format_log_source(alert) or "our sensors"}
    meaning = _explain_meaning(alert)
    ask = chooser.pick("ask", ASK_SERVICE if found.is_service else ASK_HOST)
    told = chooser.pick("told", TOLD).format(facts=" ".join(fact.text for fact in found.facts))
    wait = chooser.pick("wait", CAN_IT_WAIT)
    turns = [
        (chooser.pick("first", FIRST).format(**slots), f"{meaning} {ask}"),
        (told, alerts.assess(alert, found, chooser)),
        (wait, _answer_wait(alert, found, chooser)),
    ]
    if found.verdict == "escalate":
        turns.append((chooser.pick("report", REPORT), _write_report(alert, found, chooser)))
    elif found.verdict == "benign":
        turns.append((chooser.pick("except", EXCEPT), _advise_exception(found, chooser)))
    yield Dialogue(turns)


def _explain_meaning(alert: Alert) -> str:
    """`The rule detects …`, from descriptions that begin with a verb or tell what happened."""
    first = split_sentences(alert.description)[0]
    word, _, tail = first.partition(" ")
    verbs = {"Detects": "detects", "Detect": "detects", "Identifies": "identifies", "Detecting": "detects"}
    return finish_sentence(f"The rule {verbs[word]} {tail}" if word in verbs else first)


def _answer_wait(alert: Alert, found: Investigation, chooser: HashChooser) -> str:
    key = "escalate now" if found.verdict == "escalate" and alert.level in URGENT_LEVELS else found.verdict
    return chooser.pick("answer", WAIT[key]).format(level=alert.level, reading=found.facts[0].reading)


def _write_report(alert: Alert, found: Investigation, chooser: HashChooser) -> str:
    readings = "; ".join(fact.reading for fact in found.facts)
    return chooser.pick("line", REPORT_LINE).format(
        name=alert.name, readings=readings, step=alerts.list_steps(found, chooser)[0].rstrip(".")
    )


def _advise_exception(found: Investigation, chooser: HashChooser) -> str:
    return chooser.pick("exception", EXCEPTION).format(reading=found.facts[0].reading)


FIRST = (
    'This alert just came in: "{name}". What does it mean?',
    'I have an open alert called "{name}" from {source}. Can you explain it?',
    '"{name}" fired in our environment. What is that about?',
    'First shift alone, and the queue shows "{name}". What am I looking at?',
    'Can you help me with an alert? It says "{name}".',
    'The SIEM raised "{name}". Please put that into plain words.',
    'Three times today: "{name}". Explain, please.',
    'Quick question about "{name}": what did the rule see?',
    'An alert with the title "{name}" was assigned to me. Where do I begin?',
)
ASK_HOST = (
    "Before I judge it: which host and account, was the work announced, and what happened right before and after?",
    "Whether that matters depends on facts I lack. Who owns the host, is there a change, what is the parent process?",
    "Tell me who ran it, from where, and whether anybody can confirm it.",
    "I need three things: the account, an owner's answer, and the hour around it.",
    "By itself that proves nothing. What do the owner and the process tree say?",
)
ASK_SERVICE = (
    "Which account, from which address, and does its owner know of it?",
    "I cannot tell from the title. Was the change ordered, how did the session sign in, and what came next?",
    "First ask whose session it was, and whether a ticket or a deployment explains it.",
    "Who or what made the call: a person, a pipeline, a stolen token? Give me what the audit log says.",
)
TOLD = (
    "I looked. {facts}",
    "Here is what I have: {facts}",
    "{facts} That is all so far.",
    "After some calls: {facts}",
    "{facts} What now?",
)
CAN_IT_WAIT = (
    "Can it wait until tomorrow?",
    "Do I have to drop everything for it?",
    "My shift ends in ten minutes. May I leave it?",
    "Is it urgent?",
)
WAIT = {
    "escalate now": (
        "It cannot wait: {reading}. Hand it over in person, not by ticket.",
        "Treat it as urgent. The rule is rated {level}, and {reading}.",
        "Now. Every hour helps whoever is inside; {reading}.",
    ),
    "escalate": (
        "Today, yes, although the rule is only rated {level}: {reading}.",
        "It should not wait for morning, whatever the level {level} suggests, for {reading}.",
        "Do the containment before you leave; the write-up may wait. The rating, {level}, is that of the rule.",
    ),
    "needs data": (
        "It can wait for the answers, not for tomorrow: {reading}.",
        "Hand it over with the open questions, since {reading}. A deadline of two hours is fair.",
        "Not urgent yet, but do not let it age. As long as {reading}, somebody has to hold it.",
    ),
    "benign": (
        "It is closed, so nothing waits: {reading}.",
        "No rush; write the closing note and go. The reason is that {reading}.",
        "Nothing urgent is left. Keep in the note that {reading}.",
    ),
}
REPORT = (
    "Write me one line for the incident channel.",
    "What do I write into the handover?",
    "Give me the summary for the duty manager.",
)
REPORT_LINE = (
    '"{name}": {readings}. First step: {step}.',
    'Incident opened on "{name}". Evidence: {readings}. In progress: {step}.',
    'Confirmed suspicious, "{name}": {readings}. Next: {step}.',
)
EXCEPT = (
    "Should I tune the rule then?",
    "Can we suppress that alert from now on?",
    "Shall I write an exception?",
)
EXCEPTION = (
    "Only as narrow as the evidence: {reading}. Never by host alone, and with a date on which it ends.",
    "A small one, tied to exactly what you saw ({reading}), reviewed after three months.",
    "Wait until it has come back twice. Then except what was verified, namely that {reading}.",
)

DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Alert], ...] = (DialogueTemplate("alert.desk", Alert, _build_desk_dialogue),)
