"""Wordings of the dialogues about groups and software."""

FOUND = (
    "Our antivirus names {name} on one host. What is that?",
    "Endpoint protection found {name}. Can you tell me about it?",
    "We think {name} ran on a server last night. What are we dealing with?",
    "I have one line in a ticket: {label} detected. Explain.",
    "{name} turned up on a colleague's machine. Tell me what it is.",
    "The EDR shouts {name}. Is that bad?",
    "We pulled {name} off a file server. What did we pull?",
)
HEARD_OF = (
    "A partner warns us of {name}. What do you know about it?",
    "What is {label}?",
    "{name} is in this week's advisory. Should I know it?",
    "Our supplier was hit with {name}. What is that?",
    "The sector's mailing list talks about {label}. Brief me.",
    "Somebody asked whether we are prepared for {name}. What is it?",
)
FOUND_MOBILE = (
    "The device management flags {name} on a company phone. What is that?",
    "A director's phone carries {name}, says the lab. Tell me about it.",
    "An app that a colleague installed was tagged {name}. What does that mean?",
    "We found {label} on a phone that was handed in. Explain.",
)
ASK_USE = (
    "What does it do?",
    "How does it operate?",
    "What is it capable of?",
    "Which behaviour should I look for?",
    "And technically?",
)
ASK_WHO = ("Who uses it?", "Does it tell us who is behind this?", "Can we name an actor from that?", "Whose is it?")
SAY_WHO = (
    "ATT&CK has it with {names}.",
    "On record are {names}.",
    "It was reported for {names}.",
    "{names} have been seen with it.",
    "Reports mention {names}.",
    "Known users: {names}.",
    "Published cases: {names}.",
)
NO_PROOF = (
    "That is a hint and no proof.",
    "Anybody may have obtained it.",
    "Leave the actor open.",
    "The sample alone attributes nothing.",
    "Look for infrastructure that agrees.",
    "Others may hold it too.",
    "I would not name anybody on that ground.",
    "Tools are sold, stolen and shared.",
)
ASK_NOW = (
    "What should we check or change first?",
    "How do we close the door on it?",
    "So what do we do?",
    "Give me the next steps.",
    "Fine. What do I tell operations to do?",
    "And now?",
)
SAY_ALL = (
    "{name} has {count} techniques on record.",
    "All {count} that ATT&CK records:",
    "The record is short, {count} techniques.",
    "{count} in all.",
    "This much is known:",
    "The whole list:",
)
SAY_SOME = (
    "A selection that favours what few groups do ({shown} of {count}):",
    "{shown} of {count}, the rarer ones first in line:",
    "ATT&CK has {count} for {name}. The less common:",
    "Out of {count} I would remember {shown}:",
    "{count} are on record; {shown} that stand out:",
    "Skipping what everybody does, {shown} of {count}:",
    "For {name}, the unusual part of {count} techniques:",
    "The common ones help little, so {shown} of {count}:",
    "{count}, most of them ordinary. Not so ordinary:",
    "From {count} techniques I pick {shown}:",
    "What sets it apart, out of {count}:",
    "Watch for {shown} of its {count}:",
    "{shown} worth knowing, of {count}:",
    "Leaving out the everyday, of {count} remain:",
)
CONTROL = (
    "{control}, against {techniques}.",
    "{control} bears on {techniques}.",
    "{techniques}: {control}.",
    "Put {control} in the way of {techniques}.",
    "{control}: covers {techniques}.",
    "For {techniques}, {control}.",
    "{control} makes {techniques} harder.",
    "Counter {techniques} by {control}.",
)
CONTAIN_HOST = (
    (
        "Take the host off the network and leave it running.",
        "Isolate the machine; leave it on.",
        "Contain first: network isolation, power on.",
        "Quarantine it by EDR, which keeps the evidence.",
        "Cut its connections, but no reboot.",
        "Take its network away and touch nothing else.",
    ),
    (
        "Capture memory before anything else.",
        "Image memory, then the disk.",
        "Have memory dumped while it still holds something.",
        "Secure memory and event logs.",
    ),
    (
        "Reset the credentials used on it.",
        "Revoke the sessions of whoever was logged on.",
        "Rotate every secret reachable from there.",
        "Assume that passwords typed there are known.",
    ),
    (
        "Search other hosts for the same file.",
        "Look for {name} elsewhere by hash and by behaviour.",
        "Find out how {name} got there.",
        "Check who else got what this user got.",
        "Ask proxy and DNS where {name} called.",
    ),
)
WARNED = (
    (
        "You may not have it at all: search.",
        "Ask whoever warned you for hashes, domains and dates.",
        "Search ninety days of logs for the behaviour above.",
        "Hunt for {name} by behaviour; names and hashes change.",
        "Find out whether your sector or software fits its victims.",
        "There is nothing to contain yet.",
    ),
    (
        "Check whether a test of it would raise an alert.",
        "Note which techniques you could not see.",
        "Put the indicators on a watch list with an end date.",
        "Write down where {name} would have escaped you.",
        "Tell whoever warned you what came of it.",
        "Then lower the chances for {name}.",
    ),
)
CONTAIN_MOBILE = (
    "Put the phone into flight mode, keep it charged, hand it to mobile forensics; change its accounts elsewhere.",
    "Remove the device from mail and VPN by MDM, keep it for analysis, and reissue its credentials.",
    "Do not wipe it yet. Cut its access to company data, note apps and permissions, then replace it.",
    "Lock it out of company systems and collect it today. The owner should change passwords on another device.",
    "Keep the phone as it is, off all networks. List what it could reach: mail, files, codes for logins.",
)
CONTAIN_CLOUD = (
    "Revoke the account's tokens and sessions, keep the audit logs, and list what it touched since its last clean day.",
    "Disable the identity behind it, export the audit trail before retention ends, and review new keys and app grants.",
)
CONTAIN_NETWORK = (
    "Export configuration and running state before a reboot erases them, then restore a verified firmware image.",
    "Treat the device as lost: save its state, reinstall from the vendor's image, and rotate keys stored on it.",
)
ALIASES = (
    "Other names: {names}.",
    "Also seen in reports as {names}.",
    "Vendors say {names}.",
    "Search for {names}, too.",
    "Aliases: {names}.",
)
ASK_GROUP = (
    "Who is {name}?",
    "Our sector was warned of {label}. Who are they?",
    "Give me a profile of {name}.",
    "I have ten minutes to learn about {name}. Go ahead.",
    "Let us prepare a slide on {label}. What is the core of it?",
    "{name} is on the list of a regulator. What do we know?",
)
ASK_HOW = ("How do they work?", "And their methods?", "What are they known to do?", "Which techniques come up?")
ASK_TOOLS = ("Which tools do they bring?", "What software should my detection team know?", "And their software?")
SAY_TOOLS = (
    "They have been seen with {names}.",
    "On record: {names}.",
    "Reports mention {names}.",
    "{names}, all told.",
    "Just {names}.",
)
SAY_SOME_TOOLS = (
    "{names}, and more: {count} in all.",
    "Of {count}, for instance {names}.",
    "{count} programs; {names} are examples.",
    "Take {names}. The list has {count}.",
    "Reports name {count}, {names} among them.",
    "Expect things like {names} ({count} known).",
)
ASK_START = (
    "Where would you start with defences?",
    "Given those techniques, what comes first?",
    "Which of that can we do something about?",
    "Turn that into work for my team.",
)
ADVICE_LEAD = (
    "Widest cover first:",
    "From my list, widest reach first:",
    "Stay with what was listed:",
    "In this order:",
    "",
    "",
    "ATT&CK links these:",
    "Tasks, broad ones on top:",
)
