"""Facts about an account of a service that speak for a harmless cause or for an attack."""

from hackmentor.data.compose.fact import Fact

BENIGN_SERVICE = (
    Fact(
        "{ticket} (approved) orders the change for {day}; {owner}, who made it, confirms from a known number.",
        ("{ticket} orders it and {owner} confirms on a known number",),
        ("Note {ticket} and the call in the case",),
    ),
    Fact(
        "The call came from the pipeline's role {service_account}, at the commit that {owner} merged at {time}.",
        ("{service_account} acted on a merge by {owner} at {time}",),
        ("Link the commit; except {service_account} for this call alone",),
    ),
    Fact(
        "The session used the hardware key and came from {address}, the office's own address.",
        ("the session was strong and came from {address}, the office",),
        ("Nothing is left to do for {address}",),
    ),
    Fact(
        "{count} tenants of the group show the same event within minutes of the provider's announced migration.",
        ("{count} tenants saw it with the provider's announced migration",),
        ("Attach the notice of {day}",),
    ),
    Fact(
        "Since then the account has done its usual work only, {count} calls of the kinds seen every week.",
        ("what followed, {count} calls, is routine",),
        ("Check the account again in a week",),
    ),
)
BAD_SERVICE = (
    Fact(
        "{user} says it was not them; the session token was first used from {address}, a hosting provider.",
        ("{user} denies it, and the token was used from a hosting provider, {address}",),
        ("Revoke the sessions and tokens of {user}",),
    ),
    Fact(
        "Two minutes earlier the same account registered a new second factor.",
        ("a new second factor came two minutes before, as after a takeover",),
        ("Remove the factor; re-enrol {user} in person",),
    ),
    Fact(
        "The same key then listed {count} storage buckets in a region that the company does not use.",
        ("the key went on to list {count} buckets in a foreign region",),
        ("Deactivate the key; list what it read",),
    ),
    Fact(
        "No change is recorded, and {owner}, who runs the tenant, knows nothing of it.",
        ("no change exists and {owner} knows of none",),
        ("Open an incident with {owner} as contact",),
    ),
    Fact(
        "A forwarding rule and an application grant were added by the account at {time}.",
        ("at {time} a forwarding rule and an app grant followed, both of which outlive a password change",),
        ("Save, then delete rule and grant",),
    ),
)
