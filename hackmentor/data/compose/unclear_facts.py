"""Facts that leave open whether an alert is harmless, and the question that would settle it."""

from hackmentor.data.compose.fact import Fact

UNCLEAR_HOST = (
    Fact(
        "{owner}, the owner of {host}, has not answered since {time}.",
        (
            "{owner} has not answered",
            "we do not have {owner}'s word yet",
            "{owner} is silent, and only {owner} could confirm it",
        ),
        (
            "Ask {owner}'s deputy: was work done on {host} at {time}?",
            "Reach {owner} or a deputy by phone about {time}",
            "Try {owner}'s team lead",
        ),
    ),
    Fact(
        "{user} is an administrator, but no ticket mentions the action.",
        (
            "{user} may do this, but without a ticket nobody can tell that it was meant",
            "the right is there, the order is not",
            "{user} could have meant it, or somebody used {user}'s rights",
        ),
        (
            "Call {user} on a known number and ask what the task was",
            "Ask {user} by phone for the reason",
            "Have {user} file the ticket, or deny it",
        ),
    ),
    Fact(
        "The parent process is missing from the record.",
        (
            "without the parent process it is open who started it",
            "we see what ran and not what ran it",
            "the chain is cut at its first link",
        ),
        (
            "Pull the process tree of {host} from the EDR",
            "Fetch the parent on {host} from the EDR",
            "Rebuild the tree of {host} from Sysmon",
        ),
    ),
    Fact(
        "Logging on {host} was switched on yesterday, so there is nothing to compare with.",
        (
            "there is no history of {host} to compare with",
            "for {host} nobody knows what normal is",
            "one day of logs makes no baseline",
        ),
        (
            "Compare {host} with another of its role",
            "Use a sister host of {host} as yardstick",
            "Look for the same on a host of equal role",
        ),
    ),
    Fact(
        "The account is shared by {people} people of the night shift.",
        (
            "{people} people share the account",
            "any of {people} people may have done it",
            "behind the account stand {people} colleagues",
        ),
        (
            "Get the shift list and the badge log for {time}",
            "Match the {people} names with the shift at {time}",
            "Ask the shift lead who sat there at {time}",
        ),
    ),
    Fact(
        "{address} belongs to the company VPN, which {people} people used at that hour.",
        (
            "{address} is only the VPN, with {people} people behind it",
            "{address} names the VPN and none of the {people} on it",
            "the source, {address}, hides {people} users",
        ),
        (
            "Ask the VPN log who held {address} at {time}",
            "Resolve {address} at {time} to a user",
            "Get the VPN session for {time}",
        ),
    ),
    Fact(
        "{host} is not in the inventory.",
        (
            "{host} is unknown to the inventory",
            "nobody owns {host} on paper",
            "a machine called {host} should not exist",
        ),
        (
            "Find the switch port or the hypervisor of {host}, and with it an owner",
            "Locate {host} by MAC address and port",
            "Ask the data centre and the cloud team for {host}",
        ),
    ),
)
UNCLEAR_SERVICE = (
    Fact(
        "{owner}, who is named as contact of the tenant, left the company.",
        ("the named contact is gone",),
        ("Find the successor of {owner} and ask about {time}",),
    ),
    Fact(
        "The audit log names a role, not the person who assumed it.",
        ("the log shows a role and no person",),
        ("Trace who assumed the role around {time}",),
    ),
    Fact(
        "{address} is a mobile carrier's shared address.",
        ("{address} is shared by a carrier's customers",),
        ("Look for the device id of the session instead of {address}",),
    ),
    Fact(
        "{user} may do this by role, but did it never before.",
        ("{user} has the right but no habit of it",),
        ("Ask {user} on a known number what the task was",),
    ),
    Fact(
        "Retention ended before the session began; its start is not in the log.",
        ("the start of the session is lost",),
        ("Request the provider's own records for {day}",),
    ),
)
