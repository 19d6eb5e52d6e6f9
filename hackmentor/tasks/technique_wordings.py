"""What passages, questions and worked answers of the techniques task are made of."""

from __future__ import annotations

from collections.abc import Mapping

SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "G": ("The group", "The actor", "The intruders"),
    "S": ("The malware", "The tool", "It"),
    "C": ("The campaign", "The operation"),
}

RULES = (
    'Answer with a JSON object: {"techniques": [{"id": ..., "evidence": ...}]}, with the ATT&CK id, of the '
    "sub-technique where one fits, and the words of the text that show it, unchanged. The list is empty if no "
    "technique is described."
)

INSTRUCTIONS = (
    "Which ATT&CK techniques does this passage describe?",
    "Map the report excerpt to ATT&CK.",
    "Tag the text below with techniques of ATT&CK Enterprise.",
    "Annotate this excerpt for our threat library.",
    "An analyst pasted this paragraph. List the techniques in it.",
    "Find the behaviours in this text that ATT&CK has a technique for.",
)

EMPTY = (
    "The passage speaks of reporting, names and money around {name}, and of nothing that was done on a system.",
    "Nothing here is a behaviour: who wrote about {name} and who was affected is context.",
    "No technique: a target, a date or an estimate is not an action.",
    "The text tells about {name} without telling what it did on any host or network.",
)

FILLERS = (
    "Reporting on {name} is uneven, and some of it rests on a single vendor.",
    "The first public write-up of {name} was short and left most questions open.",
    "Several vendors track {name} by other names, which do not match one to one.",
    "Victims were told by letter within the legal term.",
    "The estimate of losses was later halved.",
    "Analysts disagree on whether {name} is one activity or two.",
    "No arrest has been announced.",
    "The sector that was hit most had been warned a year before.",
    "A conference talk on {name} was withdrawn at short notice.",
    "The published timeline covers eleven weeks.",
    "Confidence in the attribution is moderate.",
    "Most of the affected organisations have fewer than fifty employees.",
    "The insurer paid for the forensic work.",
    "Two of the reports quote each other as their source.",
    "The name {name} was chosen by the researchers who found it.",
    "A national agency advised its members in the spring.",
    "The samples that were shared carry no useful dates.",
    "Interviews with staff added little to the picture.",
)
