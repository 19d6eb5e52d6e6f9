"""What worked answers of the triage task are made of. Slots are filled with values of the rule and the event."""

from __future__ import annotations

from collections.abc import Mapping

HOST_FIELDS = ("Computer", "host", "src_ip", "c-ip", "repo", "objectRef.namespace", "UserPrincipalName", "UserId")
USER_FIELDS = (
    "User", "SubjectUserName", "userIdentity.arn", "user.username", "actor", "actor.alternateId", "InitiatedBy",
    "UserPrincipalName", "UserId", "account", "protoPayload.authenticationInfo.principalEmail", "user", "c-ip",
)  # fmt: skip
TIME_FIELDS = (
    "UtcTime", "TimeCreated", "time", "eventTime", "TimeGenerated", "CreationTime", "published", "timestamp",
    "requestReceivedTimestamp", "created_at", "date", "ts",
)  # fmt: skip
RULES = (
    "Quote the fields that decide, say what you would query next and what to do on this asset, and what remains open. "
    "End with one line: Verdict: true positive, Verdict: benign or Verdict: needs data."
)
INSTRUCTIONS = (
    "Triage this event against the rule.",
    "Does this event satisfy the rule, and what follows?",
    "You are on shift. Decide what this event is.",
    "A hunt returned this event. Assess it by the rule below.",
    "Here is a rule and one event from its log source. Give your verdict.",
    "Review the event before the alert goes to the customer.",
    "The new rule is in its trial week; judge this event.",
    "Write the triage note for this event.",
)
HEADS = (
    ("Observation:", "Reasoning:", "Action:", "Uncertainty:"),
    ("**Seen.**", "**Why.**", "**Next.**", "**Open.**"),
    ("1. Facts.", "2. Assessment.", "3. Steps.", "4. Limits."),
    ("What happened:", "What it means:", "What to do:", "What we don't know:"),
)
LEADS = (
    "At {time}", "On {host} at {time}", "By the record of {time}", "Under {user}, at {time},", "On {host}",
    "In this event of {time}", "With the account {user}",
)  # fmt: skip
OBSERVED = (
    "something happened that *{title}* looks at: {about}.",
    "the log holds what the rule *{title}* was written about: {about}.",
    "an event came in for *{title}*, whose concern is this: {about}.",
    "we see activity in the field of *{title}*. Its idea: {about}.",
    "the sensor reported an action that *{title}* has to judge; the rule's point is that {about}.",
    "there is a candidate for *{title}*. What the rule is after: {about}.",
)
VALUES = (
    "The record says: {values}.",
    "Of the fields, these count: {values}.",
    "What decides is in these fields: {values}.",
    "Read closely, {values}.",
    "The relevant part: {values}.",
    "I base this on the following: {values}.",
    "In the event, {values}.",
    "Fields that the condition reads: {values}.",
    "The condition looks at this: {values}.",
    "From the raw record: {values}.",
    "The parts that matter: {values}.",
    "Taken from the log line: {values}.",
    "For the verdict I need only this: {values}.",
    "Verbatim: {values}.",
    "As logged, {values}.",
    "The deciding values: {values}.",
    "Let us look at what was written down: {values}.",
    "What I can point to: {values}.",
    "Evidence first: {values}.",
    "On record: {values}.",
    "The event itself tells us that {values}.",
    "This is what the sensor kept: {values}.",
)
REASONS: Mapping[str, tuple[str, ...]] = {
    "hit": (
        "Every selection of the rule holds, and no filter does, so it fires.",
        "All parts that the condition demands are there; the exception for harmless use is not.",
        "The known innocent cause would be this: {harmless}. Nothing in the event points to it.",
        "The filter excludes one harmless case ({harmless}); this record is outside of it.",
        "Such an action of {user} fits {technique} and has no ordinary reason on this {asset}.",
        "I find no field that contradicts the rule, and the one exception that its author foresaw does not apply.",
        "If this were the benign case the rule knows, {harmless}, the filter would have matched; it does not.",
        "The condition is met in full: selections true, filters false.",
        "Each value that I quoted satisfies its part of the rule, which leaves no room for a partial match.",
        "On this {asset} the combination is rare enough to be taken as it looks.",
        "Taken one by one the values are ordinary; together they are what the rule describes.",
        "No scheduled job that I know of acts under {user} in this way.",
        "I have tried the filter by hand against the values above, and it does not match.",
        "That the rule names {technique} fits: this is how it appears in such a log.",
        "A near miss would lack one of the values; here none is lacking.",
        "Nothing in the record would let me explain the action by {harmless}.",
    ),
    "near miss": (
        "One part fails: {changed} is {value}, which is not what the selection asks for.",
        "The resemblance is close, but {changed} holds {value}, and all parts must match together.",
        "With {value} in {changed} the condition is false, whatever the other fields say.",
        "The rule joins its selections with *and*; {changed} ({value}) breaks the chain.",
        "What is left without {changed} happens daily and is no sign of {technique}.",
        "The behaviour that the rule describes would need another value in {changed} than {value}.",
        "No filter had to step in here: the event already fails at {changed}.",
        "Similar words in other fields are not enough, as {changed} decides and says {value}.",
        "{value} is an ordinary value of {changed} on this {asset}.",
        "So the match is partial, and a partial match of this rule means nothing.",
    ),
    "filtered": (
        "The selections match, and so does a filter: {changed} is {value}.",
        "The rule's author named this case as harmless: {harmless}.",
        "By {changed}, {value}, the event belongs to the exception, so the rule stays silent.",
        "It looks like {technique} until one reads {changed}: {value} is the approved way to do this.",
        "The condition ends in *and not*, and that part is what {value} in {changed} fulfils.",
        "This is the use that was foreseen when the rule was tuned: {harmless}.",
        "What was done is the same as in an attack; who or what did it, {value}, is on the list of exceptions.",
        "The exception is narrow, and the event is inside of it because of {changed}.",
        "A true case would come without {value} in {changed}.",
        "Selections true, filter true: the result is no alert.",
    ),
    "unrecorded": (
        "The field {changed} was not recorded, and the condition can come out either way without it.",
        "With {changed} unknown the rule is neither true nor false; the remaining fields do not settle it.",
        "Two readings fit: the value of {changed} completes the match, or it is harmless.",
        "I can't fill {changed} from the other fields, and guessing it would be guessing the verdict.",
        "What is there does not contradict {technique}, and what would confirm it is missing: {changed}.",
        "Had the sensor kept {changed}, this would be decided in a minute.",
        "The other parts of the rule hold as far as they can be read, so it can't be closed as benign either.",
        "A filter or a selection needs {changed}; an empty field is no evidence for either.",
        "The harmless explanation ({harmless}) stays possible, and so does the other one.",
        "Everything hangs on {changed}, of which the record says nothing.",
        "I tried both: with a matching {changed} it fires, with another it does not.",
        "To call it benign would need a value of {changed} that speaks for it, and there is none.",
        "The rule can't be evaluated to its end, as one operand, {changed}, is lacking.",
    ),
}
DOUBTS: Mapping[str, tuple[str, ...]] = {
    "hit": (
        "I can't see from this record whether it succeeded.",
        "An administrator in a hurry would leave the same trace; a call to the owner costs two minutes.",
        "The account may be stolen, or its owner may be the one.",
        "How it began is not in here.",
        "That the rule fires proves the action, not the intent.",
        "Whether other hosts are touched is open until the second query is back.",
        "An unannounced test would look the same, so ask the team that runs them.",
        "The time may be off by the clock of {host}.",
        "If an exception is missing in the filter, this is where it would show.",
        "My confidence is high for the match and moderate for the cause.",
        "What else {user} did in this session may change the picture.",
        "If the value was planted to trigger us, somebody knows the rule.",
        "Damage can't be estimated from one line.",
        "It may be the second step of something whose first step we missed.",
        "I assume that the log was not altered on {host}.",
        "The harmless explanation is not excluded, only unsupported.",
    ),
    "near miss": (
        "A variant of the technique with {value} is conceivable; this rule would not see it.",
        "I rely on {changed} being logged correctly.",
        "If the same account shows up again within {days} days I would look at the whole session.",
        "It remains open why the event came up at all.",
        "That this rule is silent says nothing about others.",
        "A renamed program would defeat this reading, and only its hash would tell.",
        "I have seen one event, not the session.",
        "The residual risk is small and I would accept it.",
        "Should an attacker know the rule, {changed} is what they would change.",
        "One look at the neighbouring events would remove the last doubt.",
    ),
    "filtered": (
        "Who knows the exception can hide behind it; {changed} can be forged on some systems.",
        "I trust that {value} is still used for that purpose alone.",
        "If the credentials behind {value} are stolen, this verdict is wrong.",
        "Whether somebody asked for this very action is not in the record.",
        "The exception was written once; that it is still right is an assumption.",
        "An odd hour or a new address would make me look again.",
        "The filter matches by text, so a similar name would pass too.",
        "I have not compared it with the change calendar.",
        "A month without any such event would make this one remarkable.",
        "My confidence is high, short of a misuse of the approved way.",
    ),
    "unrecorded": (
        "Both verdicts are open, and I would not bet on either.",
        "That {changed} is missing may be chance, a setting or the intruder's work.",
        "By the rest I lean to neither side.",
        "If nothing turns up in {minutes} minutes the lack of data is the finding.",
        "An event without {changed} must not count in the rule's statistics.",
        "The longer it takes, the less will be left in volatile logs.",
        "Another sensor may contradict this one.",
        "I have assumed that the other fields are complete.",
        "With {changed} at hand this note would have three lines.",
        "The harmless cause is more common, which is no proof.",
        "How many more events of this kind lack {changed} should be counted.",
        "I would rather wait {minutes} minutes than be wrong on this {asset}.",
        "Who set up the sensor on {host} may know the gap already.",
    ),
}
