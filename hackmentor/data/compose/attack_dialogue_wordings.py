"""Wordings of the dialogues about techniques."""

BRIEFING = (
    "What is {label}?",
    "I am preparing a threat briefing. Can you explain {label}?",
    "An advisory mentions {id}. What do attackers do there?",
    "Please explain {name} to me.",
    "Can we talk about {label}? I know the name and nothing else.",
    "{id} is on the agenda of tomorrow's meeting. What is it about?",
    "Yesterday's webinar kept returning to {name}. What did they mean?",
    "My team lead asked me to read up on {label}. Where do I begin?",
    "How does {label} work?",
    "Our red team wants to test {id}. What is it?",
)
SEEN = (
    "Our incident responder noted this: {text} How do I classify it?",
    "I need an ATT&CK id for this. {text}",
    "From the notes of the night shift: {text} What are we looking at?",
    "Help me tag this finding. {text}",
    "We found the following during the investigation. {text} Does it have a name?",
    "Let us work through an incident. {text} What is the technique?",
    "Forensics came back with this. {text} What is it called in ATT&CK?",
    "Can you make sense of this observation? {text}",
)
REPORTED = (
    "A report says: {text} Which technique is that?",
    "This is in a partner's malware analysis: {text} How would ATT&CK file it?",
    "I am tagging a vendor's report. {text} What goes next to that sentence?",
    "From a write-up that I have to index: {text} Which id fits?",
    "The analysis of a sample holds this line. {text} Is there a technique for it?",
    "Please map one sentence of a threat report. {text}",
)
ASK_GROUPS = (
    "Who does that?",
    "Which groups are known for it?",
    "Does that point to an actor?",
    "Is it typical of anybody?",
    "Can I put a name to it?",
    "Whose habit is that?",
)
GROUPS_ALL = (
    "On record: {names}.",
    "ATT&CK has reports for {names}.",
    "Only {names}, as far as reports go.",
    "Published cases concern {names}.",
    "{names}, says the catalogue.",
    "It was seen with {names}.",
)
GROUPS_SOME = (
    "{count} groups, {names} among them.",
    "Take {names} as examples; {count} are on record.",
    "Among others {names}, out of {count}.",
    "The list has {count} entries, for instance {names}.",
    "{count} of them, {names} included.",
    "{names} and more, {count} in all.",
)
CAUTION = (
    "This alone is no attribution.",
    "A habit is not a signature.",
    "Unreported groups do the same.",
    "Leave the actor open.",
    "Infrastructure or code would have to agree.",
    "Keep names out of the report.",
    "Methods get copied.",
    "That narrows down little.",
    "Treat it as background.",
    "As proof it is worth nothing.",
    "Keep several hypotheses alive.",
    "Ask what else points to them.",
)
ASK_TRACES = (
    "How would we notice it in our logs?",
    "Which data would show it?",
    "What should we collect to detect that?",
    "Where would I search?",
    "Do we have a chance to see that?",
    "Which sensor catches it?",
    "What would a hunter query?",
)
TRACES = (
    "In {logs}.",
    "Try {logs}.",
    "Begin with {logs}.",
    "{logs}, if you keep them.",
    "Ask your SIEM for {logs}.",
    "Look into {logs}.",
    "ATT&CK's analytics read {logs}.",
    "The best places are {logs}.",
    "I would want {logs}.",
    "Candidates, by what you run:",
    "{id} shows here:",
    "Check which of these reach you:",
    "Sources worth having:",
    "Pick what you collect already:",
)
ASK_MEASURES = (
    "And how do we make it harder for them?",
    "What can we do to prevent it?",
    "Which controls help against it?",
    "What should change on our side?",
    "Can it be blocked?",
    "Where is the lever?",
    "What do I ask operations for?",
)
MEASURES_LEAD = ("", "", "", "", "In this case:", "What ATT&CK says:", "For just this:", "Start here:")
NAMED = (
    "ATT&CK names {names}.",
    "By {names}, says the catalogue; how, it leaves to you.",
    "{names}: the names are all that {id} has.",
    "Linked controls: {names}.",
    "Look at {names}.",
    "The catalogue points to {names} without details.",
    "Start from {names} and adapt.",
)
ASK_PLAIN = (
    "How do I explain this to our board in plain words?",
    "Sum that up for a manager, please.",
    "And in a few sentences for people without a technical background?",
    "My director has one minute. What do I say?",
    "Now without jargon?",
    "What would you tell the works council?",
)
PLAIN_AIM = (
    "What attackers want here is to {goal}.",
    "Somebody who does this wants to {goal}.",
    "Intruders use it to {goal}.",
    "Think of burglars: this is how they {goal}.",
    "In short, it lets a stranger {goal}.",
    "It helps criminals {goal}.",
    "Behind the name stands a simple wish: attackers want to {goal}.",
    "Criminals rely on it to {goal}.",
    "Spies and thieves alike do it to {goal}.",
    "This is about outsiders who try to {goal}.",
    "With this trick an intruder can {goal}.",
    "An attack has stages; in this one they {goal}.",
)
PLAIN_NUMBER = (
    "It is no theory: {count} groups were caught at it.",
    "At least {count} attackers are known for it.",
    "Reports exist on {count} groups.",
    "We know of {count} groups.",
    "{count} groups have been seen doing so.",
    "Elsewhere it happened, by the hand of {count} groups.",
)
PLAIN_MEASURE = (
    "We lower the risk by {measures}.",
    "Our answer is {measures}.",
    "What helps is {measures}.",
    "Against it we suggest {measures}.",
    "It gets harder for them through {measures}.",
    "Much is gained by {measures}.",
    "The remedy is ordinary: {measures}.",
    "On our side that means {measures}.",
    "We can stop most of it by {measures}.",
    "The money would go into {measures}.",
)
PLAIN_REQUEST = (
    "Some people will find that inconvenient.",
    "We need your backing when colleagues complain.",
    "I would like a decision this month.",
    "The estimate comes next week.",
    "Please name somebody who decides on exceptions.",
    "It works only if exceptions stay rare.",
    "You get a report after a quarter.",
)
