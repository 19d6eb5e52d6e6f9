"""What questions and worked answers of the hunting task are made of; sentences are joined from two halves."""

from __future__ import annotations

Halves = tuple[tuple[str, ...], tuple[str, ...]]

RULES = (
    "Choose the log sources from the list, give a query for each, thresholds, and what the hunt can't show. End "
    "with a JSON "
    'object: {"sources": [...]}, the entries of the list unchanged.'
)
INSTRUCTIONS = (
    "Plan a hunt for {technique} ({id}).",
    "We want to hunt for {id}. Which of these sources do we need, and how do we search them?",
    "Write a hunting plan: {technique}.",
    "The threat report of this week names {id}. Prepare the hunt.",
    "Turn this behaviour into a hunt.",
    "Which of the listed logs would show {technique}, and with what query?",
)
HYPOTHESIS: Halves = (
    (
        "The hypothesis: somebody uses {technique} on {platform},",
        "I assume that {id} was carried out on {platform} and missed,",
        "We look for {technique} as if it had already happened on {platform},",
        "If {technique} is in use on {platform}, it has left records,",
        "Suppose an intruder did what is described on {platform},",
        "Start from the claim that {id} happens on {platform} unseen,",
    ),
    (
        "and the behaviour above is the part that can be told from daily work.",
        "so the hunt has to find the trace and not the tool.",
        "and the claim is refuted only if the logs were there to show it.",
        "which an ordinary alert would not have reported.",
        "and each step of it that is logged is a chance to see it.",
        "and we want to know where, since when and by whom.",
    ),
)
CHOICE: Halves = (
    (
        "Of the list, {count} bear on it, {first} before all:",
        "I take {count} and leave the rest, beginning with {first}:",
        "The behaviour shows in {count}; {first} comes first:",
        "What is needed are {count}, and {first} is the most direct:",
        "Only {count} of these record it, among them {first}:",
        "I would query {count}, in this order, {first} at the head:",
    ),
    (
        "the others record something else that happens on the same machines.",
        "the rest would add volume without an answer.",
        "what is left out belongs to other techniques.",
        "they see the action itself, not only what comes before or after.",
        "each of them confirms or contradicts the others.",
        "a source that can't refute the hypothesis is of no use here.",
    ),
)
BASELINE: Halves = (
    (
        "Run each search over {days} days first,",
        "Take {days} days as the baseline,",
        "Before you look at single events, count {days} days by host and user,",
        "Compare the last day with the {days} before it,",
        "Let the search run on {days} days of history,",
        "Build a picture of {days} ordinary days,",
    ),
    (
        "and read what occurs on fewer than {hosts} hosts.",
        "and leave aside what every machine of that role does.",
        "then sort by rarity; fewer than {hosts} hosts is worth a look.",
        "and mark accounts that do it for the first time.",
        "and keep the pairs of host and user that appear once.",
        "so that the {hosts} rarest combinations stand out.",
    ),
)
TUNABLES: Halves = (
    (
        "Set {names} to your own environment",
        "The knobs are {names}; turn them",
        "Adjust {names}",
        "Write down which values you chose for {names}",
        "Begin with a wide setting of {names} and narrow it",
        "{names} decide on the noise, so set them",
    ),
    (
        "before anybody calls the result clean.",
        "after the first look at the counts.",
        "with the owners of the systems at the table.",
        "and repeat the search after each change.",
        "until a morning's work is enough to read the rest.",
        "rather than to exclude hosts one by one.",
    ),
)
FOLLOW_UP: Halves = (
    (
        "For each hit pull the hour around it",
        "Each candidate gets its process, account and address",
        "A hit is followed to its start",
        "What remains goes to the owner of the host",
        "Take the three oddest hits",
        "Follow the account of a hit to other hosts",
    ),
    (
        "and see what ran before and after.",
        "and is closed only with a reason in writing.",
        "before it is called an incident; then the host is preserved first.",
        "and compare it with the change calendar.",
        "and ask whether a test of {id} was announced.",
        "so that one event becomes a sequence.",
    ),
)
LIMITS: Halves = (
    (
        "What this can't show:",
        "The limits are plain:",
        "I would not promise more than this:",
        "Open points remain:",
        "It should be said in the report:",
        "Where the hunt is blind:",
    ),
    (
        "hosts without these logs, and everything older than their retention.",
        "a variant of {technique} that avoids what is recorded here.",
        "whether the logging was complete at the time; check that with an event you cause yourself.",
        "intent, since administrators do similar things for good reasons.",
        "what happened on systems that don't forward anything.",
        "an intruder who cleared the source before it was collected.",
    ),
)
OUTCOME: Halves = (
    (
        "If nothing is found,",
        "With an empty result",
        "Should it come back empty,",
        "A hunt without hits is not wasted:",
        "Whatever comes out,",
        "At the end",
    ),
    (
        "the query becomes a scheduled rule, with its thresholds.",
        "say which hosts were covered, in numbers.",
        "note the gaps in collection as findings of their own.",
        "repeat it in a month with the same settings.",
        "confidence is moderate at best and should be given so.",
        "run a harmless test of {id} and see whether the search finds it.",
    ),
)
