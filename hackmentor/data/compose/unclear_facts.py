"""Facts that leave open whether an alert is harmless, and the question that would settle it."""

from hackmentor.data.compose.fact import Fact

UNCLEAR_HOST = (
    Fact(
        "{owner}, the owner of {host}, has not answered since {time}.",
        (
            "{owner} has not answered",
            "we do not have {owner}'s word yet",
            "{owner} is silent, and only {owner} could confirm it",
            "the one who knows, {owner}, cannot be reached",
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
            "no ticket backs what {user} is allowed to do",
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
            "what came before it was not recorded",
        ),
        (
            "Pull the process tree of {host} from the EDR",
            "Fetch the parent on {host} from the EDR",
            "Rebuild the tree of {host} from other logs",
        ),
    ),
    Fact(
        "Logging on {host} was switched on yesterday, so there is nothing to compare with.",
        (
            "there is no history of {host} to compare with",
            "for {host} nobody knows what normal is",
            "one day of logs makes no baseline",
            "{host} has been watched for a day only",
        ),
        (
            "Compare {host} with another of its role",
            "Use a sister host of {host} as yardstick",
            "Look for the same on a host of equal role",
        ),
    ),
    Fact(
        "The account is shared by {people} people of the shift.",
        (
            "{people} people share the account",
            "any of {people} people may have done it",
            "behind the account stand {people} colleagues",
            "one account for {people} people names nobody",
        ),
        (
            "Get the shift list and the badge log for {time}",
            "Match the {people} names with the shift at {time}",
            "Ask the shift lead who sat there at {time}",
        ),
    ),
    Fact(
        "The session used the shared account of the administrators and came from the VPN gateway {address}, "
        "where {people} people were logged in.",
        (
            "a shared account through the VPN names none of the {people}",
            "{address} hides {people} users of one account",
            "neither account nor address tells which of {people} it was",
            "the trail ends at the gateway, {address}",
        ),
        (
            "Ask the VPN log who entered through {address} before {time}",
            "Match VPN sessions with {time}",
            "Get the list of VPN sessions for {time}",
        ),
    ),
    Fact(
        "{host} is not in the inventory.",
        (
            "{host} is unknown to the inventory",
            "nobody owns {host} on paper",
            "a machine called {host} should not exist",
            "the inventory has no {host}",
        ),
        (
            "Find the switch port of {host}, and with it an owner",
            "Locate {host} by MAC address and port",
            "Ask network and client operations for {host}",
        ),
    ),
    Fact(
        "The clock of {host} is off by {count} minutes, and {ticket} covers only the hour before.",
        (
            "with a clock {count} minutes off, {ticket} may or may not cover it",
            "it depends on the clock whether {ticket} fits",
            "{count} minutes of drift stand between alert and {ticket}",
            "the times of {host} cannot be trusted",
        ),
        (
            "Take the time from the collector instead of {host}",
            "Ask {owner} whether {ticket} ran late",
            "Line up {host} with a log that keeps good time",
        ),
    ),
    Fact(
        "The file was gone before anybody could compute its hash; {user} says it was a trial version.",
        (
            "{user} speaks of a trial version, and the file is gone",
            "there is a story, {user}'s, and no file",
            "what {user} says cannot be checked without the file",
            "no hash, just {user}'s word",
        ),
        (
            "Recover the file or its hash from the EDR",
            "Ask {user} for the download page and the time",
            "Look up the download of {user} in the proxy log",
        ),
    ),
    Fact(
        "{ticket} names the change and {owner}, but another host than {host}.",
        (
            "{ticket} is about another host",
            "the change exists, the host differs",
            "{owner}'s {ticket} does not mention {host}",
            "a slip in {ticket}, or work that nobody ordered",
        ),
        (
            "Ask {owner} whether {ticket} was meant for {host}",
            "Have {ticket} corrected or denied by {owner}",
            "Check if the host in {ticket} shows the same",
        ),
    ),
)
UNCLEAR_SERVICE = (
    Fact(
        "{owner}, who is named as contact of the tenant, left the company.",
        ("the named contact is gone", "{owner} no longer works here", "nobody is left under the name {owner}"),
        (
            "Find the successor of {owner} and ask about {time}",
            "Ask the department for a new contact",
            "Look up who took over from {owner}",
        ),
    ),
    Fact(
        "The audit log names a role, not the person who assumed it.",
        ("the log shows a role and no person", "behind the role may be anybody", "who wore the role is not recorded"),
        (
            "Trace who assumed the role around {time}",
            "Look for the call that assumed the role",
            "Ask who may assume it, then who did",
        ),
    ),
    Fact(
        "{address} is a mobile carrier's shared address.",
        (
            "{address} is shared by a carrier's customers",
            "thousands of phones share {address}",
            "a carrier's {address} points to nobody",
        ),
        (
            "Look for the device id of the session instead of {address}",
            "Compare device and browser with the last sessions",
            "Ask {user} for the phone used at {time}",
        ),
    ),
    Fact(
        "{user} may do this by role, but did it never before.",
        (
            "{user} has the right but no habit of it",
            "a first time for {user}, within the role",
            "allowed, and yet new for {user}",
        ),
        (
            "Ask {user} on a known number what the task was",
            "Call {user} back on the number from the directory",
            "Let {user}'s manager confirm the task",
        ),
    ),
    Fact(
        "Retention ended before the session began; its start is not in the log.",
        ("the start of the session is lost", "how the session began nobody can see", "the log begins in mid-session"),
        (
            "Request the provider's own records for {day}",
            "Open a ticket with the provider about {day}",
            "Look for the first sign-in elsewhere",
        ),
    ),
    Fact(
        "{ticket} asks for the change, but was approved only after {time}.",
        (
            "{ticket} was approved after the fact",
            "the approval is younger than the change",
            "{ticket} came late, by oversight or as a cover",
        ),
        (
            "Ask who approved {ticket} and why so late",
            "Let {owner} explain the order of events",
            "Compare the times in {ticket} with the audit log",
        ),
    ),
    Fact(
        "The call used a valid key of {service_account}, from an address that the pipeline got on {day}.",
        (
            "key right, address new",
            "{service_account} called from a place it has had since {day}",
            "it could be the moved pipeline or a copied key",
        ),
        (
            "Ask the pipeline's team what moved on {day}",
            "Check whether other keys came from there as well",
            "Rotate the key of {service_account} if nobody answers",
        ),
    ),
)
