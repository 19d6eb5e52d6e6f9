"""What an analyst may find out about an alert: facts, how each is read, and what follows from it.

The facts are made up, and hosts, people, addresses and tickets too; addresses are those reserved for documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hackmentor.data.hash_choice import HashChooser, hash_to_int
from hackmentor.data.sources.sigma import Alert

Verdict = Literal["benign", "escalate", "needs data"]
# Where the alert is about an account of a service, there is no host to isolate.
SERVICES = {"aws", "azure", "bitbucket", "gcp", "github", "kubernetes", "m365", "okta", "onelogin", "cisco", "google"}


@dataclass(frozen=True, slots=True)
class Fact:
    """What was found, how it is read, and the step that follows; all with slots for names, times and numbers."""

    text: str
    readings: tuple[str, ...]
    """Wordings of one reading."""
    steps: tuple[str, ...]
    """Wordings of one step, or steps of like effect."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact about one alert: its slots filled and its wordings chosen."""

    text: str
    reading: str
    step: str


BENIGN_HOST = (
    Fact(
        "{ticket} (approved) names {host} and the hour; {owner}, who owns it, confirms the work.",
        (
            "{ticket} covers {host} at that hour and {owner} confirms it",
            "{owner} ordered it under {ticket}",
            "the work on {host} was approved as {ticket}, and {owner} stands by it",
        ),
        ("Put {ticket} into the note", "Close it under {ticket}", "Refer to {ticket} when you close"),
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
    ),
    Fact(
        "The hash is that of the vendor's installer; {owner} compared it with the vendor's page.",
        (
            "{owner} matched the hash with the vendor's",
            "the file is the vendor's own, as {owner} checked by hash",
            "its hash equals the published one ({owner} compared)",
        ),
        ("Keep the hash that {owner} compared in the ticket", "Note the hash", "Store hash and source in the case"),
    ),
    Fact(
        "In the hour before and after, {host} shows no other alert, no new account, no odd connection.",
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
    ),
)
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
            "somebody collected {gigabytes} GB on {host}",
        ),
        (
            "Find out what is in the archive and whether it left {host}",
            "Check outbound volume from {host} since then",
            "List the contents of the {gigabytes} GB before you touch it",
        ),
    ),
)
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
PEOPLE = (
    "A. Okafor", "B. Lindqvist", "C. Marchetti", "D. Nakamura", "E. Sørensen", "F. Haddad", "G. Pereira", "H. Novak",
    "I. Castellanos", "J. Wójcik", "K. Adeyemi", "L. Fournier", "M. Tanaka", "N. Iyer", "O. Brandt", "P. Kowalczyk",
    "R. Mbeki", "S. Jansen", "T. Oyelaran", "U. Petrov", "V. Romano", "W. Chen", "Y. Demir", "Z. Horvat",
)  # fmt: skip
SERVICE_ACCOUNTS = ("svc-deploy", "svc-backup", "svc-inventory", "svc-patch", "svc-report", "ci-release", "svc-sync")
HOSTS = {
    "windows": ("WKS", "SRV-FILE", "SRV-APP", "DC", "JUMP", "NB"),
    "macos": ("mac", "studio", "mbp"),
    "linux": ("web", "db", "build", "mail", "edge"),
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
POOLS: Mapping[tuple[bool, Verdict], tuple[Fact, ...]] = {
    (False, "benign"): BENIGN_HOST,
    (False, "escalate"): BAD_HOST,
    (False, "needs data"): UNCLEAR_HOST,
    (True, "benign"): BENIGN_SERVICE,
    (True, "escalate"): BAD_SERVICE,
    (True, "needs data"): UNCLEAR_SERVICE,
}


@dataclass(frozen=True, slots=True)
class Investigation:
    """What was found about one alert, and the verdict that it supports."""

    verdict: Verdict
    facts: tuple[Finding, ...]
    is_service: bool
    host: str


def investigate(alert: Alert, chooser: HashChooser, key: str = "") -> Investigation | None:
    """Facts about an alert that support one verdict: 21 % benign, 14 % that need more data, 64 % to escalate.

    None where the log source is neither a host's nor a service's: the facts would not fit.
    """
    is_service = alert.product in SERVICES
    if not is_service and alert.product not in HOSTS:
        return None
    # What is rated critical hardly occurs in normal operation.
    options = [verdict for verdict in VERDICTS if alert.level != "critical" or verdict != "benign"]
    verdict: Verdict = chooser.pick(f"verdict{key}", options)
    pool = POOLS[is_service, verdict]
    count = 2 if verdict == "needs data" else chooser.pick(f"count{key}", (2, 3))
    values = _draw_values(alert, chooser, key)
    facts = [_fill(fact, values, chooser) for fact in chooser.shuffle(f"facts{key}", pool)[:count]]
    return Investigation(verdict, tuple(facts), is_service, values["host"])


VERDICTS: tuple[Verdict, ...] = ("escalate",) * 9 + ("benign",) * 3 + ("needs data",) * 2


def _draw_values(alert: Alert, chooser: HashChooser, key: str) -> dict[str, str]:
    def number(slot: str, size: int) -> int:
        return hash_to_int(chooser.seed, chooser.upstream_id, chooser.task, f"{slot}{key}") % size

    prefix = chooser.pick(f"host{key}", HOSTS.get(alert.product, HOSTS["linux"]))
    owner, user = chooser.shuffle(f"people{key}", PEOPLE)[:2]
    return {
        "host": f"{prefix}-{number('hostnumber', 880) + 12}",
        "owner": owner,
        "user": user,
        "service_account": chooser.pick(f"service{key}", SERVICE_ACCOUNTS),
        "address": f"{chooser.pick(f'net{key}', NETWORKS)}.{number('address', 253) + 1}",
        "ticket": f"CHG-{number('ticket', 8999) + 1000}",
        "time": f"{number('hour', 24):02}:{number('minute', 60):02}",
        "day": chooser.pick(f"day{key}", DAYS),
        "count": str(number("count", 37) + 3),
        "hosts": str(number("hosts", 180) + 12),
        "nights": str(number("nights", 25) + 5),
        "windows": str(number("windows", 6) + 2),
        "gigabytes": str(number("gigabytes", 56) + 4),
        "people": str(number("people", 9) + 2),
    }


def _fill(fact: Fact, values: Mapping[str, str], chooser: HashChooser) -> Finding:
    reading, step = (chooser.pick(fact.text, options) for options in (fact.readings, fact.steps))
    return Finding(*(text.format(**values) for text in (fact.text, reading, step)))
