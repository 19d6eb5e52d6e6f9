"""Wordings of the questions about techniques, and the sentences that their answers are put together from."""

PLATFORM_PHRASES = {
    "Windows": "Windows computers",
    "Linux": "Linux servers",
    "macOS": "Macs",
    "Containers": "containers",
    "IaaS": "cloud infrastructure (IaaS)",
    "SaaS": "SaaS applications",
    "Network Devices": "network devices",
    "ESXi": "ESXi hosts",
}
WHY = (
    "It serves {goals}.",
    "The aim is {goals}.",
    "Attackers turn to it for {goals}.",
    "ATT&CK files it under {goals}.",
    "Tactically it belongs to {goals}.",
    "What it buys an intruder: {goals}.",
    "Purpose: {goals}.",
)
WHERE = (
    "Platforms: {platforms}.",
    "It is recorded for {platforms}.",
    "Expect it on {platforms}.",
    "Applies to {platforms}.",
    "It concerns {platforms}.",
    "ATT&CK lists {platforms} as the ground on which it works.",
)
WHO = (
    "ATT&CK knows {groups} and {software} with it.",
    "On record are {groups} and {software}.",
    "Reported users: {groups}, {software}.",
    "The catalogue ties {groups} and {software} to it.",
)
LOGS = (
    "Start detection at {logs}.",
    "Traces to look for: {logs}.",
    "It shows in {logs}.",
    "Worth logging for it: {logs}.",
    "Evidence tends to sit in {logs}.",
    "A detection engineer would begin with {logs}.",
)
COUNTER = (
    "Named mitigations: {names}.",
    "ATT&CK counters it with {names}.",
    "On the defending side: {names}.",
    "To make it harder, the catalogue points to {names}.",
    "Controls tied to it: {names}.",
)
FORMS = (
    "Sub-techniques: {children}.",
    "It comes in several forms: {children}.",
    "ATT&CK splits it further into {children}.",
    "Under it are filed {children}.",
)
MITIGATIONS_LEAD = (
    "What ATT&CK recommends for just {label}:",
    "{label} becomes harder with these measures.",
    "Take {label} one control at a time:",
    "Against {id}, in the catalogue's order:",
    "For {name}, the advice that is specific to it:",
    "Controls that fit {id}:",
    "Here is what to put in the way of {name}.",
)
NAMED_ONLY = (
    "Also linked to it: {names}.",
    "Further names on the list: {names}.",
    "See {names} as well.",
    "Linked as well: {names}.",
)
POLICY_HEAD = (
    "Policy on {name} ({id})",
    "Directive: protection from {name} ({id})",
    "Internal rule, subject {name} ({id})",
    "Standard against {id}, {name}",
)
POLICY_AIM = (
    "Reason: attackers use the technique for {goals}.",
    "It exists because intruders seek {goals} this way.",
    "What this prevents: {goals}.",
    "Background: the technique stands for {goals}.",
)
POLICY_PROOF = (
    "Attempts in spite of these rules would show in {logs}.",
    "Monitoring that goes with it: {logs}.",
    "Whether somebody tries all the same can be seen in {logs}.",
    "No rule holds by itself, so collect {logs} as well.",
    "Detection for what slips through: {logs}.",
    "Evidence of attempts: {logs}.",
)
IDENTIFIED = (
    "{label}.",
    "This is {label}.",
    "I would tag it {label}.",
    "The passage describes {label}.",
    "Map it to {label}.",
    "ATT&CK calls that {label}.",
    "That behaviour goes under {label}.",
    "It reads as {label}.",
    "Tag: {label}.",
    "{label}, I would say.",
    "File it as {label}.",
    "Technique: {label}.",
    "Clearly {label}.",
    "{label} fits.",
    "Take {label}.",
)
IDENTIFIED_BY = (
    'Decisive: "{span}".',
    'The evidence is "{span}".',
    '"{span}" is what gives it away.',
    'It rests on one phrase, "{span}".',
    'Compare "{span}" with the definition.',
    'Quote "{span}" as the ground.',
    '"{span}" is the technique itself.',
    'Note "{span}".',
    'Look at "{span}".',
    'Why? "{span}".',
    'The key is "{span}".',
    'I read that from "{span}".',
    '"{span}" says so.',
    'See "{span}".',
)
IDENTIFIED_AIM = (
    "Tactic: {goals}.",
    "It serves {goals}.",
    "The goal is {goals}.",
    "Filed under {goals}.",
    "What the actor gains: {goals}.",
    "In the kill chain that means {goals}.",
)
IN_SCOPE = (
    "Yes. {label} is listed for {where}; that covers {place}.",
    "In scope: among the platforms of {label} are {where}, so {place} count.",
    "Yes, {place} are exposed. ATT&CK gives {where} for {label}.",
    "It concerns you. {label} works on {where}.",
    "Keep it in: {where} are the platforms of {label}.",
)
OUT_OF_SCOPE = (
    "Not by ATT&CK's account: {label} is listed for {where}, but not for {place}.",
    "No. {label} belongs to {where}; {place} are not among them.",
    "Out of scope as things stand, for {label} is recorded for {where} only.",
    "For {place} alone, no: {label} needs {where}.",
    "ATT&CK has nothing on {place} for {label}; it lists {where}.",
)
SCOPE_STEP = (
    "Start with the logs: {logs}.",
    "First check whether you collect {logs}.",
    "A quick test of readiness: can you search {logs} today?",
    "Next, confirm that {logs} reaches the SIEM.",
)
SCOPE_REVIEW = (
    "Look again when the estate changes.",
    "A service that was booked without asking anybody would change that.",
    "Note the decision and its date, since ATT&CK extends platforms with each release.",
    "Check for forgotten systems before you strike it from the model.",
    "That holds only while nothing else is connected.",
)

MITIGATIONS = (
    "Which mitigations address {label}?",
    "How can an organisation protect itself against {label}?",
    "Recommend controls against {id}.",
    "Harden our environment against {label}: what should we do?",
    "We have seen {id} in an exercise. How do we make it harder?",
    "List preventive measures for {name}.",
    "Advise a system administrator on defending against {label}.",
    "Turn {id} into a list of controls to implement.",
)
POLICY = (
    "Write a security policy that counters {label}.",
    "Draft policy statements against {id}.",
    "Turn the defences against {label} into rules for our administrators.",
    "Formulate an internal policy on {name}.",
    "Compose a short directive to protect us from {label}.",
)
DOSSIER = (
    "Explain the ATT&CK technique {label}.",
    "Give me a dossier on {label}.",
    "What do attackers do in {label}, and where would it show?",
    "Describe {id} for an analyst who is new to the team.",
    "One page on {name}, please: what, who, where, traces, controls.",
    "{id} appears in an incident report. What does it stand for?",
    "Summarise the adversary technique {label}.",
    "Brief me on {label} before the threat hunt.",
    "Prepare the wiki entry on {label}.",
    "What should a defender know about {name}?",
)
IDENTIFY = (
    "Which ATT&CK technique does this behaviour show?",
    "Map the following observation to MITRE ATT&CK.",
    "Name the technique that the report describes, and the words that decide it.",
    "An incident report contains this passage. Assign a technique.",
    "Identify the adversary technique and its tactic.",
    "Tag this sentence with an ATT&CK id and say why.",
    "From the sentence below, work out the technique.",
    "Label this for our threat library. Quote your evidence.",
)
SCOPE = (
    "We run {place}. Does {label} concern us?",
    "Our estate consists of {place}. Do we have to reckon with {id}?",
    "Is {label} relevant for {place}?",
    "A company uses only {place}. Should {name} be in its threat model?",
    "Judge whether {id} is in scope for {place}.",
    "Decide if {place} are exposed to {label}.",
)
