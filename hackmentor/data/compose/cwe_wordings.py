"""Wordings of the questions about weaknesses, and the sentences that their answers are put together from."""

PLACE = (
    "It is {level}-level weakness under {value}.",
    "Above it in the tree: {value}.",
    "Parent: {value}.",
    "A special case of {value}.",
    "CWE files it under {value}.",
    "Its general form is {value}.",
)
BELOW = (
    "More specific: {value}.",
    "Below it: {value}.",
    "Report a child where one fits, such as {value}.",
    "It splits into cases like {value}.",
    "Narrower entries: {value}.",
)
ALSO = (
    "Also known as {value}.",
    "Other names: {value}.",
    "People say {value}.",
    "Synonym: {value}.",
)
EFFECTS = (
    "Possible effects: {value}.",
    "Exploited, it leads to {value}.",
    "Expect {value}.",
    "At stake: {value}.",
    "Impact in the catalogue's terms: {value}.",
    "The damage: {value}.",
)
PLACES = (
    "CWE names {value} among the places where it turns up.",
    "Seen in {value}, among others.",
    "It concerns {value}, though not only.",
    "Settings that CWE mentions: {value}.",
)
PHASES = (
    "It comes in during {value}.",
    "Mistakes of this kind are made in {value}.",
    "Origin: {value}.",
    "Phases to watch: {value}.",
    "Born in {value}.",
)
METHODS = (
    "Found by {value}.",
    "To detect it, the catalogue lists {value}.",
    "Methods that find it: {value}.",
    "Test with {value}.",
    "Ways to look for it include {value}.",
)
CASES = (
    "Cases on record: {value}.",
    "Real ones: {value}.",
    "See {value}.",
    "It happened in {value}.",
    "For evidence, read {value}.",
)
ODDS = (
    "Likelihood of exploitation: {value}.",
    "CWE rates the likelihood {value}.",
    "Its exploitation is rated as of {value} likelihood.",
    "Odds, by CWE: {value}.",
)
ADVICE = (
    "{label} can be prevented or softened as follows:",
    "To keep {name} out of a product:",
    "Against {id}, work through these measures.",
    "What helps against {label}:",
    "Measures for {id}, with the phase each belongs to:",
    "Start here to get rid of {name}:",
    "The advice that is specific to {id}:",
)
RULE_HEAD = (
    "Rule: no {name} ({id})",
    "Secure coding standard, {id}: {name}",
    "Requirement on {name} ({id})",
    "Engineering handbook, entry {id}, {name}",
)
RULE_WHY = (
    "Why: the flaw can lead to this: {effects}.",
    "Reason for the rule, in effects: {effects}.",
    "It protects against {effects}.",
    "Left alone, expect {effects}.",
)
RULE_CHECK = (
    "Checked by {methods} before release.",
    "The release gate asks for evidence of {methods}.",
    "Verification: {methods}.",
    "Whoever claims compliance shows the result of {methods}.",
)
FINDING_TITLE = (
    "Finding: {name} ({id})",
    "{id}, {name}",
    "Report entry: {name} ({id})",
    "Title: {name}; class: {id}",
)
FINDING_IMPACT = (
    "Impact: {effects}.",
    "What follows from it: {effects}.",
    "Consequences if exploited: {effects}.",
    "Business effect to be judged by the owner; technically {effects}.",
)
FINDING_RETEST = (
    "Close it after a retest only.",
    "Add the exact place and the steps to reproduce it before this goes out.",
    "Severity has to be set from the affected asset, which this entry does not know.",
    "Evidence (screenshot, request, response) belongs below.",
    "Name the affected component and version above.",
    "State the tested version here.",
)
ROOT_CAUSE = (
    "The root cause is {label}.",
    "{cve} is an instance of {label}.",
    "This maps to {label}.",
    "{label} fits this description best.",
    "Assign {label}.",
    "I would file it under {label}.",
    "Underneath lies {label}.",
    "{label}.",
    "It comes from {label}.",
    "CWE's name for it: {label}.",
    "Take {label}.",
    "{label}, I would say.",
    "Class: {label}.",
    "A case of {label}.",
)
ROOT_CAUSE_WHY = (
    'Decisive: "{span}".',
    'The text says "{span}".',
    '"{span}" names the cause.',
    'Ground: "{span}".',
    'It follows from "{span}".',
    'Read "{span}" as the cause.',
    'Why? "{span}".',
    'The cause is told by "{span}".',
    'Note "{span}".',
    'Everything hangs on "{span}".',
    'The summary speaks of "{span}".',
    'Evidence in the summary: "{span}".',
)

DOSSIER = (
    "Explain {label}.",
    "What is {id}, and what does it matter?",
    "Describe the weakness {label} to a developer.",
    "{id} came up in a code audit. What does it mean?",
    "Give me a short, precise account of {label}.",
    "I keep seeing {id} in scanner reports. What is it about?",
    "One page on {label}: what, where, effect, how it is found.",
    "A colleague asked about {name}. How would you explain it?",
    "Summarise {id} for our security wiki.",
    "Prepare the entry on {label} for our training material.",
)
MITIGATE = (
    "How can {label} be prevented?",
    "Which measures reduce the risk of {id}?",
    "Recommend mitigations for {label}.",
    "Our team has to get rid of {label}. Where do we start?",
    "Name mitigations for {id} by phase of development.",
    "What should developers and architects do against {label}?",
    "{id} keeps coming back in our code. How do we stop it?",
    "Advise a product team on avoiding {name}.",
)
POLICY = (
    "Write a secure coding rule that prevents {label}.",
    "Draft a policy entry on {label} for our development standard.",
    "Turn {id} into a requirement for product teams.",
    "We need a rule about {name} in our engineering handbook. Please write it.",
    "Formulate a rule against {id} that a reviewer can apply.",
)
FINDING = (
    "Write up {label} as a finding for a penetration test report.",
    "Draft the report entry for {id}.",
    "The assessment turned up {label}. Put it into the report.",
    "Create an audit finding about {name} with description, impact and recommendation.",
    "I have to file a ticket for {id}. Give me the text.",
)
NAME_FROM_CVE = (
    "Which CWE describes the root cause of this vulnerability?",
    "Map this vulnerability to a CWE.",
    "Classify {cve} by weakness and quote what decides.",
    "Read the summary and name the underlying weakness.",
    "What type of weakness is behind {cve}?",
    "Assign a CWE identifier and justify it.",
    "{cve} landed in our queue. Which weakness class is it?",
    "Here is a vulnerability summary. Identify the weakness.",
    "For our vulnerability database, give the CWE for this entry.",
    "Triage this advisory: which CWE applies?",
)
