"""Facts about an account of a service that speak for a harmless cause or for an attack."""

from hackmentor.data.compose.fact import Fact

BENIGN_SERVICE = (
    Fact(
        "{ticket} (approved) orders the change for {day}; {owner}, who made it, confirms from a known number.",
        (
            "{ticket} orders it and {owner} confirms on a known number",
            "{owner} did what {ticket} asked for",
            "an approved change, {ticket}, by {owner}",
        ),
        ("Note {ticket} and the call in the case", "Refer to {ticket}", "Close it with {owner}'s confirmation"),
        is_cause=True,
    ),
    Fact(
        "The call came from the pipeline's role {service_account}, at the commit that {owner} merged at {time}.",
        (
            "{service_account} acted on a merge by {owner} at {time}",
            "the pipeline rolled out {owner}'s commit",
            "commit, merge and call by {service_account} line up",
        ),
        (
            "Link the commit; except {service_account} for this call alone",
            "Put the commit of {time} into the case",
            "Narrow the rule to calls outside the pipeline",
        ),
        is_cause=True,
    ),
    Fact(
        "{count} tenants of the group show the same event within minutes of the provider's announced migration.",
        (
            "{count} tenants saw it with the provider's announced migration",
            "the provider's migration did it, in {count} tenants",
            "it came with the migration that the provider had announced",
        ),
        (
            "Attach the provider's notice",
            "Link the announcement of the migration",
            "Close the other {count} the same way",
        ),
        is_cause=True,
    ),
    Fact(
        "{owner} rotates these keys every {nights} days by a script, and the date fits.",
        (
            "the rotation of keys was due",
            "{owner}'s script does that every {nights} days",
            "date and script of {owner} explain it",
        ),
        (
            "Put the rotation into the baseline",
            "Ask {owner} to announce the next rotation",
            "Tag the script's calls",
        ),
        is_cause=True,
    ),
    Fact(
        "The session used the hardware key and came from {address}, the office's own address.",
        (
            "the session was strong and came from {address}, the office",
            "a hardware key, used in the office",
            "{address} and the hardware key leave little room for a thief",
        ),
        (
            "Nothing is left to do for {address}",
            "Keep the sign-in record with the case",
            "Save the session id",
        ),
    ),
    Fact(
        "Since then the account has done its usual work only, {count} calls of the kinds seen every week.",
        (
            "what followed, {count} calls, is routine",
            "{count} ordinary calls came after",
            "the account went on as in any week",
        ),
        (
            "Check the account again in a week",
            "Look at the account once more on {day}",
            "No measure for the account",
        ),
    ),
    Fact(
        "{owner} sends the request as it was made; it equals the entry in the audit log.",
        (
            "{owner}'s request is the one in the log",
            "log and {owner} agree on the request",
            "the entry matches what {owner} sent",
        ),
        ("Store {owner}'s mail with the case", "Add the request to the note", "Thank {owner}, and close"),
    ),
)
BAD_SERVICE = (
    Fact(
        "{user} says it was not them; the session token was first used from {address}, a hosting provider.",
        (
            "{user} denies it, and the token was used from a hosting provider, {address}",
            "a hosting provider, {address}, holds {user}'s token",
            "not {user}, but somebody at {address}",
        ),
        (
            "Revoke the sessions and tokens of {user}",
            "End all sessions of {user}",
            "Have {user} sign in anew everywhere",
        ),
    ),
    Fact(
        "Two minutes earlier the same account registered a new second factor.",
        (
            "a new second factor came two minutes before, as after a takeover",
            "somebody enrolled a factor first",
            "the fresh second factor is an intruder's spare key",
        ),
        (
            "Remove the factor; re-enrol {user} in person",
            "Delete the new factor",
            "List factors added since {day}",
        ),
    ),
    Fact(
        "The same key then listed {count} storage buckets in a region that the company does not use.",
        (
            "the key went on to list {count} buckets in a foreign region",
            "{count} buckets were listed where we have nothing",
            "no work of ours touches that region, let alone {count} buckets",
        ),
        (
            "Deactivate the key; list what it read",
            "Check access logs of the {count} buckets",
            "Close that region by policy",
        ),
    ),
    Fact(
        "No change is recorded, and {owner}, who runs the tenant, knows nothing of it.",
        (
            "no change exists and {owner} knows of none",
            "{owner} would have known, and did not",
            "nobody ordered it, {owner} least of all",
        ),
        ("Open an incident with {owner} as contact", "Call {owner} into the case", "Let {owner} freeze changes"),
    ),
    Fact(
        "A forwarding rule and an application grant were added by the account at {time}.",
        (
            "at {time} a forwarding rule and an app grant followed, both of which outlive a password change",
            "rule and grant of {time} are there to stay",
            "mail is being forwarded, and an app was let in",
        ),
        ("Save, then delete rule and grant", "Revoke the grant of {time}", "Find who else granted that app"),
    ),
    Fact(
        "{user} was signed in at the office while the call came from {address}, {count} hundred kilometres away.",
        (
            "{user} cannot be in two places",
            "one of the two sessions is not {user}'s",
            "{address} is far from where {user} sat",
        ),
        (
            "End the session from {address}",
            "Ask {user} to change the password in the office",
            "Block {address} for the tenant",
        ),
    ),
    Fact(
        "Within {count} minutes the account switched off two audit settings.",
        (
            "the account blinded our audit",
            "two audit settings went off, {count} minutes on",
            "who has nothing to hide leaves auditing on",
        ),
        (
            "Switch auditing on again and note the gap",
            "Restore both settings from code",
            "Ask the provider for logs of the gap",
        ),
    ),
)
