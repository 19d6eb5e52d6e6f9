"""Facts about a host and what ran on it that speak for an attack."""

from hackmentor.data.compose.fact import Fact

BAD_HOST = (
    Fact(
        "{user}, in whose name it ran, is on leave; the logon came from {address} for the first time.",
        (
            "{user} is on leave, yet a session from {address} acted in that name",
            "somebody at {address} uses the name of {user}, who is away",
            "{address} is new for {user}, and {user} is not even at work",
        ),
        (
            "Lock {user}'s account and end its sessions",
            "Disable {user} until the case is closed",
            "Kill all sessions of {user}, then reset the password",
        ),
    ),
    Fact(
        "Three minutes later {host} connected to {address}, which no other host has contacted in 90 days.",
        (
            "{host} then called {address}, an address new to the whole estate",
            "minutes later {host} talked to {address}, as no other host ever has",
            "{address} appears nowhere else, yet {host} reached out to it",
        ),
        (
            "Block {address} and search proxy and DNS for it",
            "Sinkhole {address} and look for other callers",
            "Search 90 days of DNS for {address}, then block it",
        ),
    ),
    Fact(
        "There is no change for {host}, and {owner}, its owner, says that nobody worked on it.",
        (
            "no change exists and {owner} rules out own work",
            "{owner} would know of planned work and knows of none",
            "nobody asked for it, says {owner}, and no ticket does either",
        ),
        (
            "Open an incident; {owner} is the contact for {host}",
            "Raise the incident and call {owner} in",
            "Keep {owner} on the line; {host} is theirs",
        ),
    ),
    Fact(
        "The program lies in a download folder, unsigned, and was seen on no other host.",
        (
            "an unsigned program from a download folder, seen once in the estate, has no business there",
            "what ran is unsigned, unique here, and came by download",
            "one host, no signature, a download folder: that is no company software",
        ),
        (
            "Copy the file from {host} with its hash before anything is deleted",
            "Secure the file on {host} and compute its hash",
            "Send the file from {host} to the sandbox",
        ),
    ),
    Fact(
        "The account of {user} failed {count} times on other servers before it succeeded on {host} at {time}.",
        (
            "{count} failures elsewhere before {time} read like an attacker trying a stolen password",
            "{user}'s account was tried {count} times before it worked, which users do not do",
            "first {count} misses, then {host} at {time}: somebody was guessing",
        ),
        (
            "List every logon of {user} since midnight",
            "Trace {user}'s logons across the estate",
            "Reset {user}'s password and review every host it reached",
        ),
    ),
    Fact(
        "The security agent on {host} stopped reporting a minute before, at {time}.",
        (
            "the agent went silent at {time}, right before the alert",
            "at {time} somebody or something stopped the security agent",
            "{host} went blind at {time}",
        ),
        (
            "Check the agents on the neighbours of {host}",
            "See whether other agents stopped around {time}",
            "Bring {host} back under control only after isolation",
        ),
    ),
    Fact(
        "Shortly after {time} a new local account appeared on {host}; it belongs to no process of the company.",
        (
            "a new account on {host} followed, which nobody ordered",
            "then {host} had an account too many",
            "an account appeared on {host} without an order",
        ),
        (
            "Disable the new account on {host} and note its creator",
            "Find out who created the account on {host}",
            "Lock the new account, keep it as evidence",
        ),
    ),
    Fact(
        "An archive of {gigabytes} GB was written on {host} to a folder that is normally empty.",
        (
            "{gigabytes} GB were packed where nothing is stored as a rule",
            "an archive of {gigabytes} GB looks like staging before theft",
            "{host} now holds {gigabytes} GB ready to go",
            "somebody collected {gigabytes} GB on {host}",
        ),
        (
            "Find out what is in the archive and whether it left {host}",
            "Check outbound volume from {host} since then",
            "List the contents of the {gigabytes} GB before you touch it",
        ),
    ),
    Fact(
        "The parent is a document that {user} got by mail at {time} from an address nobody here knows.",
        (
            "it began with a document mailed to {user}",
            "a stranger's mail to {user} is at the root of it",
            "{user} opened a document, and the document opened this",
            "from {user}'s mailbox it came, at {time}",
        ),
        (
            "Pull that mail from all mailboxes",
            "Find out who else got the mail of {time}",
            "Ask {user} what was clicked after {time}",
        ),
    ),
    Fact(
        "The security log of {host} was cleared {count} minutes later.",
        (
            "somebody cleared the log of {host}",
            "{count} minutes on, the log of {host} was gone",
            "the traces on {host} were wiped",
            "only intruders tidy up like that on {host}",
        ),
        (
            "Work from the forwarded copy of the log",
            "Fetch what the collector kept of {host}",
            "Preserve the collector's copy before it rolls over",
        ),
    ),
    Fact(
        "The same pattern followed on {windows} other machines, each reached from {host}.",
        (
            "{windows} more machines followed, all from {host}",
            "{host} was a stepping stone to {windows} others",
            "it is spreading, {windows} machines beyond {host} by now",
            "from {host} it went on to {windows} neighbours",
        ),
        (
            "Contain the {windows} others in the same step",
            "Draw the path from {host} on a timeline",
            "Treat all {windows} like {host}",
        ),
    ),
    Fact(
        "{user} works in accounting and has not used a tool of this kind in {nights} weeks of records.",
        (
            "{user} never does such things, by {nights} weeks of records",
            "it does not fit {user}'s work at all",
            "accounting has no use for that, {user} included",
            "{nights} weeks of {user} show nothing alike",
        ),
        (
            "Ask {user}, by phone, what happened before {time}",
            "Suspend {user}'s sessions for now",
            "Compare with {user}'s other logons",
        ),
    ),
    Fact(
        "A task on {host} now starts the same program at every logon; it was registered at {time}.",
        (
            "it set itself up to return at each logon",
            "a task from {time} brings it back",
            "{host} got a foothold that survives reboots",
            "the task of {time} is there to stay",
        ),
        (
            "Export that task, then disable it",
            "Look for the same task elsewhere",
            "Search the estate for tasks registered around {time}",
        ),
    ),
    Fact(
        "On {host} the names of {count} file shares were listed within a minute, by the account of {user}.",
        (
            "{user}'s account listed {count} shares in a minute",
            "no person lists {count} shares that fast",
            "it looked around: {count} shares, one minute",
            "a minute, {count} shares: a script with {user}'s rights",
        ),
        (
            "Check which of the {count} were opened",
            "Set alerts on those {count} shares",
            "Ask the file servers what {user} read",
        ),
    ),
)
