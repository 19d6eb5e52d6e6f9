"""What questions and worked answers of the Sigma task are made of."""

from __future__ import annotations

ANSWER_RULE = "Answer with the whole rule as YAML in one code block."

CONVERT = (
    "Convert this Sigma rule to {language}.",
    "Our SIEM speaks {language}. Translate the rule.",
    "What is the {language} query of this rule?",
    "Write the search in {language} that does what this rule does.",
)

CONVERTED = (
    "In {language} the condition becomes this search:",
    "The same selections and exceptions in {language}:",
    "As {language}, with the field names of the rule:",
    "The rule in {language}; wildcards stand where the modifiers were:",
)

REPAIR = (
    "This Sigma rule is broken. Say what is wrong and repair it.",
    "Find the fault in the rule and correct it.",
    "The rule below does not do its job any more. Why, and how must it read?",
    "Somebody edited this rule. Repair it.",
)

WRITE = (
    "Write a Sigma rule for this behaviour.",
    "Detection request: build the Sigma rule.",
    "Make a Sigma rule of this description; the events show what it must and must not match.",
    "We need a rule that fires on the first event and on neither of the others.",
)

WRITTEN = (
    "The first event decides on the selection, the others on the exception:",
    "Selections for what is described, and a filter for the harmless case:",
    "All selections must hold, and the known harmless use is taken out:",
    "The fields that tell the first event from the others carry the rule:",
)

TUNE = (
    "Tune this rule so that the false positive stops and everything else is still found.",
    "The rule below is noisy. Add an exception that is as narrow as possible.",
    "Exclude the false positive from this rule.",
)

TUNED = (
    "The exception is tied to the one field that marks {cause}; the selections stay as they are.",
    "A filter for this alone ({cause}), joined by `and not`:",
    "Only what makes this case special is excluded, so that {cause} is silent and nothing else:",
)
