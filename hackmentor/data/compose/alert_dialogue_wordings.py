"""Wordings of the dialogues at the analyst's desk."""

from hackmentor.data.compose.alert_facts import Verdict

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
MEANING = ("The rule detects", "It detects", "That rule finds", "It looks for", "It watches for")
ASK_LEAD = (
    "Before I judge it:",
    "That depends on facts I lack.",
    "By itself that proves nothing.",
    "The title is not enough.",
    "I need more.",
    "Tell me first:",
    "It may be anything.",
    "So far no verdict.",
    "Help me with this:",
    "",
    "",
    "",
)
QUESTIONS_HOST = (
    "Which host and account?",
    "Who owns the machine?",
    "Was the work announced?",
    "Is there a change ticket?",
    "What is the parent process?",
    "Has it been seen before?",
    "What came right after?",
    "Where did the file come from?",
    "Did anything leave the host?",
    "Was the user at work?",
    "Which other alerts are near it?",
    "Can anybody confirm it?",
    "Is the program signed?",
    "From where was the logon?",
    "Does the hash mean anything to the vendor?",
    "Any scheduled task or service since?",
    "Is it one host or many?",
    "Who logged on last?",
    "Does the owner answer?",
    "How old is the file?",
    "Which patch or rollout was under way?",
    "Is the agent still reporting?",
    "What does the proxy log say?",
    "Was an administrator on the machine?",
    "What is normal there at that hour?",
    "Is somebody testing?",
)
QUESTIONS_SERVICE = (
    "Which account, and from which address?",
    "Does the owner know of it?",
    "Was the change ordered?",
    "How did the session sign in?",
    "A person or a pipeline?",
    "What else did the account do?",
    "Is there a ticket?",
    "Is the address known?",
    "What does the audit log say?",
    "Which second factor was used?",
)
TOLD = (
    "I looked. {facts}",
    "Here is what I have: {facts}",
    "{facts} That is all so far.",
    "After some calls: {facts}",
    "{facts} What now?",
    "{facts} Your verdict?",
    "My notes. {facts}",
)
CAN_IT_WAIT = (
    ("Can it wait until tomorrow?", True),
    ("My shift ends in ten minutes. May I leave it?", True),
    ("Is tomorrow morning soon enough?", True),
    ("Could the day shift do that?", True),
    ("Do I have to drop everything for it?", False),
    ("Is it urgent?", False),
    ("Must I call somebody tonight?", False),
    ("Would you get people out of bed for that?", False),
)
"""Questions, and whether a yes means that it may wait."""
YES, NO = "Yes.", "No."
WAIT: dict[Verdict, tuple[str, ...]] = {
    "escalate": (
        "Hand it over in person; {reading}.",
        "Every hour helps whoever is inside: {reading}.",
        "Contain now, write it up later.",
        "As long as {reading}, somebody has to be on it.",
        "You saw it yourself: {reading}.",
        "Do the first step, then pass it on with the facts.",
        "Tonight: {step}.",
    ),
    "needs data": (
        "Answers are due in two hours.",
        "Hand over the open questions, the first being to {step}.",
        "First {step}; then sleep.",
        "Since {reading}, somebody has to hold it.",
        "One call may settle it: {step}.",
        "It is open because {reading}, and open cases need an owner.",
    ),
    "benign": (
        "It is closed; {reading}.",
        "Write the note and go.",
        "The reason: {reading}.",
        "Nothing is left but to {step}.",
        "There is no case: {reading}.",
        "Sleep well; {reading}.",
        "The day shift may {step}, that is all.",
    ),
}
RATED = (
    "The level {level} is the rule's, not the case's.",
    "Never mind the rating, {level}.",
    "Rated {level}, yes; the facts weigh more.",
    "",
    "",
)
ASK_DOUBT = (
    "Which fact carries most?",
    "And if one of these turns out false?",
    "On what does that hang?",
    "Which of these should I check again?",
    "Where is the weakest point?",
)
TURNED: dict[Verdict, tuple[str, ...]] = {
    "escalate": (
        "On this: {reading}. If that proves harmless, I look at the rest anew.",
        "Check that {reading}; the rest follows from it.",
        "Should somebody explain why {reading}, we step back. Until then it stands.",
        "Take this away, and it gets weaker: {reading}.",
        "I would look at one again: {reading}.",
        "The case leans on a single leg: {reading}. Act all the same.",
        "If it were not so that {reading}, I would hesitate.",
    ),
    "needs data": (
        "The gap is this: {reading}.",
        "A firm answer to one thing decides: {reading}.",
        "Look where it is thin: {reading}.",
        "Close that, and I decide: {reading}.",
        "That {reading} keeps it open.",
        "Nothing carries yet, because {reading}.",
        "Work on this first: {reading}.",
    ),
    "benign": (
        "If it were untrue that {reading}, I would reopen it.",
        "It rests on this: {reading}. Without that, open again.",
        "Check that {reading}, and you can forget the rest.",
        "Show me a contradiction to one thing: {reading}.",
        "On a single fact: {reading}.",
        "Were that forged ({reading}), my verdict would be worthless.",
        "The one to verify: {reading}.",
    ),
}
REPORT = (
    "Write me one line for the incident channel.",
    "What do I write into the handover?",
    "Give me the summary for the duty manager.",
    "One line for the log, please.",
)
REPORT_LINE = (
    '"{name}": {readings}. First step: {step}.',
    'Incident, "{name}". Evidence: {readings}. To do: {step}.',
    '"{name}", taken as real: {readings}. Next: {step}.',
    'Opened on "{name}". {step}. Grounds: {readings}.',
    'Real until disproved: "{name}". We have: {readings}. Begin with this: {step}.',
)
EXCEPT = (
    "Should I tune the rule then?",
    "Can we suppress that alert from now on?",
    "Shall I write an exception?",
)
EXCEPTION = (
    "Yes, as narrow as the evidence ({reading}), and with an end date.",
    "Yes, by a small exception for exactly this: {reading}.",
    "No, not yet. If it comes back twice, except what was verified: {reading}.",
    "Yes, but never by host alone: {reading}.",
    "Yes, only for this: {reading}. Review it in three months.",
    "No; one case is thin. Note that {reading}, and wait.",
)
