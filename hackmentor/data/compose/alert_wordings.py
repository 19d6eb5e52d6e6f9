"""Wordings of the questions about alerts, and the sentences that their answers are put together from."""

PRODUCTS = {
    "windows": "Windows",
    "macos": "macOS",
    "aws": "AWS",
    "gcp": "Google Cloud",
    "m365": "Microsoft 365",
    "github": "GitHub",
    "opencanary": "OpenCanary",
    "rpc_firewall": "RPC Firewall",
    "jvm": "JVM",
    "fortigate": "FortiGate",
    "onelogin": "OneLogin",
}
CATEGORIES = {
    "registry_set": "registry value change",
    "ps_script": "PowerShell script block",
    "ps_module": "PowerShell module",
    "ps_classic_start": "PowerShell engine start",
    "image_load": "module load",
    "create_stream_hash": "alternate data stream",
    "dns_query": "DNS query",
    "dns": "DNS",
    "wmi_event": "WMI",
}
VERDICTS = {
    "benign": (
        "Benign; close it.",
        "False positive, and it can be closed.",
        "Close this one as harmless.",
        "Verdict: expected activity.",
        "No incident.",
        "Harmless, as far as the evidence goes.",
        "It fired correctly on something legitimate.",
    ),
    "escalate": (
        "Escalate.",
        "Treat it as an incident.",
        "True positive until shown otherwise.",
        "Raise it, whatever the level {level} says.",
        "Hand it to incident response now.",
        "Malicious, by what you have found.",
        "I would wake the on-call lead for it.",
    ),
    "needs data": (
        "Undecided; it needs more data.",
        "Neither close nor escalate yet.",
        "Keep it open.",
        "No verdict is possible on this evidence.",
        "Hold it in the queue and get answers first.",
        "It could be either.",
        "Open, with a deadline of two hours.",
    ),
}
BECAUSE = (
    "The ground: {readings}.",
    "What decides is that {readings}.",
    "For one thing, {readings}.",
    "The facts say so: {readings}.",
    "Weigh this: {readings}.",
    "Why? Because {readings}.",
    "It comes down to this: {readings}.",
)
AIM = (
    "The rule is tagged {names}, and the finds agree with an attacker at work.",
    "In ATT&CK terms that would be {names}.",
    "Note {names} in the case.",
    "If it holds, {names} has happened.",
    "Look for what usually follows {names}.",
)
DOUBT = {
    "benign": (
        "Reopen it if the same rule fires outside these conditions.",
        "What I did not verify is the person behind the account.",
        "One confirmed case is no reason to switch the rule off.",
        "A second source for the confirmation would make it watertight.",
        "The next such alert has to be judged by its own facts.",
        "An attacker could hide behind the same routine, so the exception must stay narrow.",
    ),
    "escalate": (
        "Uncertain remains how far it got; assume further hosts until the search is done.",
        "An explanation may still turn up; being wrong costs an hour, waiting may cost the network.",
        "What is missing is the first access. Keep every log.",
        "Do not tip off the intruder by half measures.",
        "Write times in UTC, for somebody will have to build the timeline.",
        "Whether data left is unknown so far.",
    ),
    "needs data": (
        "If two hours bring no answer, treat it as an incident.",
        "Until then, watch the account and change nothing that destroys traces.",
        "Escalate at once if anything else fires for the same account.",
        "The level of the rule says how rare the pattern is, not whether this one is hostile.",
        "Record what was asked and when.",
        "The cheapest answer comes first; the expensive one may not be needed.",
    ),
}
CONTAIN_HOST = (
    "Isolate {host} through the EDR and keep it powered on.",
    "Cut {host} off the network, memory image first.",
    "Take {host} into the quarantine VLAN; nobody logs on with an administrator's account.",
    "Contain {host}, and freeze its snapshots and logs.",
    "Leave {host} running but alone: no network, no reboot, no clean-up.",
)
CONTAIN_SERVICE = (
    "Suspend the account or token, and with it all sessions.",
    "Invalidate sessions and keys before you change the password.",
    "Freeze the identity, then export its audit trail.",
    "Block sign-in for the account and keep its mailbox and logs as they are.",
)
MAPPED = (
    'It maps to {label}; the words are "{span}".',
    '{label}, on the strength of "{span}".',
    'I would tag {label}, because of "{span}".',
    '"{span}" is {label}.',
    'The alert points to {label} ("{span}").',
    'What it sees, "{span}", is filed under {label}.',
    'Tag: {label}. Ground: "{span}".',
)
MAPPED_AIM = (
    "Tactic: {tactics}.",
    "The rule places it under {tactics}.",
    "Purpose of the attacker: {tactics}.",
    "That belongs to {tactics}.",
    "In the matrix, see {tactics}.",
)
TRIAGE = (
    "Triage this alert.",
    "Is this a true positive? Here is what we know.",
    "An analyst asks for help with the following alert.",
    "Close, escalate or wait? Give reasons.",
    "Assess this detection in the light of the facts.",
    "This fired in our SIEM. What should I do with it?",
    "Decide on the alert below and name the facts that decide.",
    "How would you handle this alert on a night shift?",
    "Read alert and findings and advise the analyst.",
    "Give a verdict and the next steps.",
    "Shift handover: what do I do with this one?",
    "Would you escalate this?",
)
MAP = (
    "Map this alert to MITRE ATT&CK.",
    "Which technique does the alert point to?",
    "Enrich this alert with ATT&CK technique and tactic.",
    "Tag the following detection for our coverage map, with the words that justify it.",
    "Name technique and tactic for this rule.",
    "For the incident ticket: which ATT&CK ids belong to this alert, and why?",
    "Classify the alert by attacker behaviour.",
)
