"""What questions and worked answers of the code task are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReviewWordings:
    """Wordings of a task that reviews and repairs; `weak` and `clean` are those of answers, by part."""

    review: tuple[str, ...]
    review_rules: str
    repair: tuple[str, ...]
    repair_rules: str
    repaired: tuple[str, ...]
    leads: tuple[str, ...]
    weak: Mapping[str, tuple[str, ...]]
    clean: Mapping[str, tuple[str, ...]]


LANGUAGES: Mapping[str, str] = {
    "python": "Python", "javascript": "JavaScript", "typescript": "TypeScript", "go": "Go", "java": "Java", "c": "C",
    "rust": "Rust", "php": "PHP", "hcl": "Terraform", "yaml": "YAML", "json": "JSON", "dockerfile": "a Dockerfile",
}  # fmt: skip
REVIEW_RULES = (
    "The code may be in order. Say what you see, why it is or is not a weakness, what to do, and what you can't "
    "tell from "
    "here. End with one line: Finding: CWE-<number>, or Finding: none."
)
REVIEW = (
    "Review this function for security.",
    "Does this code have a weakness?",
    "A pull request adds this function. Review it.",
    "Look at the snippet as a security reviewer.",
    "Static analysis flagged this file; judge it yourself.",
    "Is this safe to merge?",
)
REPAIR_RULES = "Keep the name of the function and what it does. Answer with the whole code in one block."
REPAIR = (
    "Repair the weakness in this code: {flaw} ({cwe}).",
    "A finding of {cwe} is open for this function. Fix it.",
    "Patch this: {flaw}.",
    "Rewrite the function so that {cwe} is gone.",
)
REPAIRED = (
    "{why} {fix}",
    "{fix} The reason: {why}",
    "The weakness is {flaw} ({cwe}). {why} So: {fix}",
    "{cwe}. {fix} As it stood, this was open: {why}",
)
LEADS = (
    "Reading {name} in {language},",
    "In {name}",
    "The function {name} is short, and",
    "Of the lines of {name},",
    "Following {value} through {name},",
    "Seen from the caller of {name},",
    "With {value} as what comes from outside,",
)
WEAK: Mapping[str, tuple[str, ...]] = {
    "gain": (
        "The attacker gains whatever {name} may touch.",
        "With that, the data behind {name} is no longer ours alone.",
        "One crafted {value} is enough to try it.",
        "The gain for an attacker is high and the effort is low.",
        "From there on the attacker acts with the rights of the process.",
        "I would rate it high wherever strangers can supply {value}.",
        "Automated scanners send such values every day.",
        "No knowledge of the system is needed beyond the name of the field.",
        "What follows depends on the rights of the service, and those are seldom small.",
        "Such a flaw is the first step of many intrusions.",
        "An internal user could do it as well as a stranger.",
        "The damage would not show in the ordinary log.",
        "It can be repeated as often as the attacker likes.",
        "If {name} is reachable without a login, it is urgent.",
        "Nothing later in the chain would undo it.",
    ),
    "observed": (
        "one line decides: {line}.",
        "I stop at {line}.",
        "what matters is {line}.",
        "the value reaches {line} unchanged.",
        "nothing stands between {value} and {line}.",
        "the line to look at is {line}.",
        "{line} is where it goes wrong.",
    ),
    "reason": (
        "That is {flaw}, {cwe}.",
        "It is the classic form of {cwe}.",
        "The name for this is {flaw} ({cwe}), and it needs no special condition to be used.",
        "I see no check before it that would prevent {flaw}.",
        "Callers can't make up for this, since {name} promises nothing about {value}.",
        "Whoever supplies {value} controls the outcome; that makes it {cwe} and not a matter of style.",
        "A test with ordinary values passes, which is why {flaw} survives reviews.",
        "The rest of {name} does not change that.",
        "By its effect this is {cwe}: {flaw}.",
        "I would expect {flaw} to be found from outside within a day.",
        "Filtering some characters would only move the problem; {cwe} is about the way the value is used.",
        "So {value} crosses a border of trust unguarded.",
        "What makes it worse is that the result looks right as long as nobody tries.",
        "The mistake lies in how {value} is used, not in where it comes from, so a second caller inherits it.",
        "That it has gone well so far only shows that {value} was harmless so far.",
        "I rule out a false alarm, as the path from {value} to {line} has no branch.",
        "An attacker needs one request and no knowledge of the rest.",
    ),
    "action": (
        "Changed accordingly, {name} reads:",
        "This is {name} after the change:",
        "The smallest change that I would accept:",
        "In code:",
        "I would ask for this before the merge:",
        "A version without {cwe}:",
        "Add a test that sends a hostile {value}, and change it to this:",
        "It costs two or three lines:",
        "My proposal for {name}:",
        "So that {flaw} is ruled out and not only made harder:",
    ),
    "doubt": (
        "I can't see who calls {name}; if {value} is a constant everywhere the urgency falls, the finding stays.",
        "A framework may check {value} earlier, but nothing here relies on it.",
        "Other functions of this module may do the same; search for the pattern.",
        "Whether it is reachable without a login is not in the snippet.",
        "What the process may do decides how much is lost, and I don't know its rights.",
        "I have not run it.",
        "Logs should show whether a hostile {value} has already come in.",
        "The change may alter what callers get for odd values, so their tests need a look.",
        "Versions of libraries are not shown, and some warn about this.",
        "If there is a reason for the present form, it should stand in a comment.",
        "My confidence in {cwe} is high, in its severity less so.",
        "A second weakness could hide behind the first one; I looked only at these lines.",
        "The history may tell why it was written like this.",
        "Nothing shows how often {name} runs or for whom.",
        "A wrapper around {name} could be what outsiders really reach.",
        "If this is test code, it should live where it can't be shipped.",
        "I assume that the snippet is what runs; generated code would have to be changed at its source.",
    ),
}
CLEAN: Mapping[str, tuple[str, ...]] = {
    "gain": (
        "An attacker who controls {value} gains nothing from it.",
        "The worst that {value} can do here is to be refused.",
        "There is no gain in sending something odd.",
        "Even with full control of {value} there is no way further.",
        "For an attacker {name} is a dead end.",
        "What remains for an attacker is to waste time.",
        "I tried three hostile values on paper, and each ends harmlessly.",
        "The effort of an attack would be better spent elsewhere.",
        "So the severity question does not arise.",
        "Nobody profits from a crafted {value} in this place.",
        "An exploit would need a flaw in {language} itself.",
        "A report about {line} would have to be closed.",
        "Reading it twice did not change that.",
        "The border of trust is crossed here in the way that it should be.",
        "In a threat model {name} would be noted as handled.",
    ),
    "observed": (
        "the line that could be dangerous is {line}.",
        "I checked {line} first.",
        "{line} is the one that reviewers should know.",
        "everything hangs on {line}.",
        "{value} is used in {line} and nowhere else in a risky way.",
        "the place to look at is {line}.",
        "what would be {flaw} elsewhere is handled by {line}.",
    ),
    "reason": (
        "That rules out {flaw}.",
        "For {flaw} one of these properties would have to be missing.",
        "I looked for a way around it and found none in these lines.",
        "So a hostile {value} ends in an error or stays plain data.",
        "A scanner that knows names only may still report it; that would be a false positive.",
        "The pattern is the recommended one for {language}.",
        "An unusual {value} changes the result, not the behaviour.",
        "This holds whatever the caller sends.",
        "The other lines of {name} do nothing with {value} that would matter.",
        "Compared with the usual mistake the difference is small to the eye and large in effect.",
        "There is no second path on which {value} gets through.",
        "What would have to be true for an attack is not true here.",
        "I compared it with the weak form line by line, and the difference is exactly the part that counts.",
        "The author seems to know {flaw}, as the safe form is not the shortest one.",
        "Even a {value} that was made for the purpose meets the same treatment as any other.",
        "It isn't luck either: the check does not depend on the order of calls.",
    ),
    "action": (
        "Nothing has to be changed before the merge. A test with a hostile {value} would keep it this way: whoever "
        "simplifies "
        "{name} later should see it fail.",
        "I would approve it, with one wish: a comment that says why {line} is written so, since the shorter form is "
        "the "
        "weak one and somebody will want to tidy up.",
        "Approve. If there is time, cover {name} by a test for the empty and for an overlong {value}; neither is a "
        "security "
        "matter here, both are what users send.",
        "No action on security. For operation I would log a refused {value} without its content, so that attempts are "
        "seen and nothing private is kept.",
        "Merge it, and close the scanner's report with this reason; mark the line, not the whole file, so that a later "
        "change is looked at again.",
        "Leave the code as it is, and spend the review on the callers of {name}, where the rights of the user "
        "should have "
        "been checked.",
        "It can go in. I would reuse this form where the module does the same in another way, since one form is "
        "easier to "
        "review than three.",
        "No change. Write into the description of the request which inputs were considered, as the next reviewer "
        "will ask "
        "the same about {value}.",
        "I have no finding to fix. Keep the dependency behind {line} up to date, because the guarantee is partly "
        "its own.",
        "Approve without conditions; the one improvement I can think of, a clearer name for {value}, is taste.",
    ),
    "doubt": (
        "What callers do before and after {name} is not shown.",
        "I judge these lines, not the rights of the user who triggers them.",
        "A wrong configuration elsewhere could undo it.",
        "I have read it and not run it.",
        "That there is no weakness of this kind says little about others, such as missing limits.",
        "Should {value} one day be used a second time, this has to be read again.",
        "The version of the library could matter, and it is not in the snippet.",
        "I take the types as they are declared.",
        "Denial of service by very large values is another question.",
        "If the check is moved, the order of lines matters.",
        "My confidence is high for these lines and says nothing about the module.",
        "Tests would make this more than an opinion.",
        "Encoding tricks were considered and change nothing here, as far as I see.",
        "The reviewer of the callers should confirm who may reach {name}.",
        "Platforms differ in small ways that could matter at {line}.",
        "What happens to the result afterwards is outside of these lines.",
        "A later change of {name} would need the same look again.",
    ),
}
CODE_WORDINGS = ReviewWordings(REVIEW, REVIEW_RULES, REPAIR, REPAIR_RULES, REPAIRED, LEADS, WEAK, CLEAN)
