"""What dialogues have in common, whatever they are about."""

from __future__ import annotations

PEOPLE = (
    "m.keller", "a.lindqvist", "j.ortiz", "t.abara", "s.novak", "l.moreau", "p.okafor", "h.tanaka", "r.silva",
    "e.haddad", "k.jensen", "d.rossi",
)  # fmt: skip

ACKNOWLEDGED = (
    "That settles the open point. Is there anything else that I should know?",
    "Thank you, that was what I needed. Anything unusual beside it?",
    "Good, noted. Did anybody change something already?",
    "I see. Has anyone else been told yet?",
    "Understood. Is there a term by which it has to be decided?",
    "That helps. Are other systems involved, as far as you know?",
)

NOTHING_ELSE = (
    "No.",
    "Nothing else.",
    "Not that I know of.",
    "No, that is all.",
    "Nobody and nothing so far.",
    "No, not yet.",
)

IF_RIGHT = ("If that is right, of course.", "That is as long as it holds.", "Tell me if that turns out differently.")

CORRECTION = (
    "Wait, I was wrong.",
    "Sorry, I mixed that up with another case.",
    "Correction, I have just asked again:",
    "I have to take that back.",
    "My colleague says otherwise.",
)

TAKEN_BACK = (
    "Then forget what I said before; it rested on that.",
    "That changes it. I take my advice back.",
    "Good that you asked again, since the answer is another one now.",
    "In that case the earlier step would be wrong.",
)

OFFERED_HELP = (
    "I can help with that. Tell me what you know so far.",
    "Let us go through it. What is there?",
    "Before anything is done: what do you have?",
    "All right. What is known?",
    "I am with you. Describe the situation.",
)

IMPATIENT = (
    "I have told you all that I have, and my boss is waiting.",
    "That is it, I only need an answer.",
    "More I can't say right now.",
    "Just give me the step, please.",
    "No details at hand.",
    "Keep it short.",
)

DEPENDS = (
    "One thing is lacking, and the answer turns on it.",
    "I would be guessing, and a guess may do harm here.",
    "It depends on something that you have not told me.",
    "I can't decide that honestly yet.",
    "There are opposite answers, by one fact.",
    "A short question saves a wrong step.",
)

EITHER_WAY = (
    "According to that, it is for instance one of these:",
    "The answers are far apart:",
    "Depending on it I would say:",
    "Compare what would follow:",
    "By the answer it becomes one of:",
)

UNTIL_THEN = (
    "Until you know, change nothing and keep the logs.",
    "Find that out first; it takes minutes.",
    "Meanwhile save what could be overwritten.",
    "If you can't find out within the hour, say so and we plan for the worse case.",
    "Ask whoever runs it, by phone and not by mail.",
)
