"""Facts about a host and what ran on it that speak for a harmless cause."""

from hackmentor.data.compose.fact import Fact

BENIGN_HOST = (
    Fact(
        "{ticket} (approved) names {host} and the hour; {owner}, who owns it, confirms the work.",
        (
            "{ticket} covers {host} at that hour and {owner} confirms it",
            "approved work, number {ticket}, confirmed by {owner}",
            "{owner} ordered it under {ticket}",
            "the work on {host} was approved as {ticket}, and {owner} stands by it",
        ),
        ("Put {ticket} into the note", "Close it under {ticket}", "Refer to {ticket} when you close"),
        is_cause=True,
    ),
    Fact(
        "The parent process is the signed agent of the software distribution, and {hosts} hosts got the same job.",
        (
            "the distribution agent started it on {hosts} hosts alike, which is a rollout and not an intrusion",
            "{hosts} hosts got it from the same signed agent, as in any rollout",
            "one job of the software distribution did it on all {hosts}",
        ),
        (
            "Except this agent for this rule, no more",
            "Let the rule skip jobs of the distribution agent",
            "Ask for an announcement of the next rollout",
        ),
        is_cause=True,
    ),
    Fact(
        "{service_account} runs this at {time} every night; the last {nights} nights look the same.",
        (
            "{service_account} has done the same on {nights} nights",
            "it is the nightly routine of {service_account}, {nights} times in a row",
            "{nights} nights of {service_account} look alike, this one included",
        ),
        (
            "Add {service_account} with its schedule to the baseline",
            "Record {service_account} and {time} as known",
            "Make {service_account} part of the baseline",
        ),
        is_cause=True,
    ),
    Fact(
        "The hash is that of the vendor's installer; {owner} compared it with the vendor's page.",
        (
            "{owner} matched the hash with the vendor's",
            "the file is the vendor's own, as {owner} checked by hash",
            "its hash equals the published one ({owner} compared)",
        ),
        ("Keep the hash that {owner} compared in the ticket", "Note the hash", "Store hash and source in the case"),
        is_cause=True,
    ),
    Fact(
        "In the hour before and after, {host} shows no other alert and no odd connection.",
        (
            "the hour around it on {host} is quiet",
            "nothing else moved on {host} in that hour",
            "before and after, {host} did only what it always does",
        ),
        (
            "Look at {host} once more tomorrow, then forget it",
            "A second look at {host} tomorrow is enough",
            "Leave {host} as it is",
        ),
    ),
    Fact(
        "The vulnerability scanner at {address} was scanning {host} then, as it does every {day}; {owner} runs it.",
        (
            "the scan of {day} from {address} explains it",
            "{address} is our own scanner, run by {owner}",
            "what fired is the scan that {owner} runs on {day}s",
            "{owner}'s scanner, {address}, was at work on {host}",
        ),
        (
            "Except {address} for this rule, on {day}s",
            "Ask {owner} for the calendar of scans",
            "Note the scanner's address, {address}",
        ),
        is_cause=True,
    ),
    Fact(
        "It is an exercise: {owner} of the detection team ran it on {host} at {time} under {ticket}.",
        (
            "{owner} tested the rule on {host}, announced as {ticket}",
            "{ticket} is our own exercise",
            "the detection team did it on purpose ({owner}, {ticket})",
            "an exercise of {owner}'s, number {ticket}",
        ),
        (
            "Tell {owner} that the rule works",
            "Count it as a passed test under {ticket}",
            "Record the time to detection for {ticket}",
        ),
        is_cause=True,
    ),
    Fact(
        "{host} was set up anew at {time}; all {hosts} machines with this image raise the alert at first start.",
        (
            "all {hosts} machines of that image do it once",
            "the image does it at first start, on {hosts} machines so far",
            "{host} is fresh from an image that always does this",
            "a first start, as on {hosts} others",
        ),
        (
            "Ask the owners of the image to change that",
            "Let the rule ignore the first hour of a machine",
            "Report the image, not {host}",
        ),
        is_cause=True,
    ),
    Fact(
        "{host} made no connection outside the company for the rest of the day.",
        (
            "nothing left {host} afterwards",
            "{host} talked to nobody outside",
            "no connection out of {host} followed",
            "outbound, {host} stayed silent",
        ),
        ("Keep the flow records of {host}", "No search for callers is needed", "Nothing to block for {host}"),
    ),
    Fact(
        "The process tree on {host} is complete, and each file in it has been in the golden image since {day}.",
        (
            "every file in the tree of {host} is from the image",
            "the whole tree on {host} is known",
            "no stranger is in the process tree of {host}",
            "tree and image of {host} agree",
        ),
        ("Save the tree of {host} with the case", "Attach the tree", "Keep the tree as a sample of normal"),
    ),
    Fact(
        "{user}, who was logged on, called the service desk about it at {time} without being asked.",
        (
            "{user} reported it unasked at {time}",
            "the service desk had {user} on the line about it",
            "{user} came forward at {time}",
            "an intruder would hardly have phoned, as {user} did",
        ),
        ("Thank {user} for the call", "Link the desk's ticket from {time}", "Add {user}'s call to the case"),
    ),
    Fact(
        "{owner} of the platform team replies within minutes and sends the command that was typed; it matches the log.",
        (
            "{owner}'s account of the command matches the log word for word",
            "what {owner} says was typed is what the log holds",
            "log and {owner} agree to the letter",
        ),
        (
            "Thank {owner} and ask for a ticket in advance next time",
            "Remind {owner} of the change process",
            "Save {owner}'s reply in the case",
        ),
    ),
    Fact(
        "{host} is in the maintenance group of {day}, and the rule fired there in each of the last {windows} windows.",
        (
            "{host} sits in the maintenance window of {day}, as in {windows} windows before",
            "it happened inside the {day} window, where it was seen {windows} times before",
            "{windows} earlier windows on {host} show the same",
        ),
        (
            "Lower the priority on {day}s, and only then",
            "Tie an exception to the {day} window",
            "Tell the rule about the {day} window",
        ),
        is_cause=True,
    ),
)
