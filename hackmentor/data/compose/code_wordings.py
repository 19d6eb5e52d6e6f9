"""Wordings of the questions about code, and the sentences that their answers are put together from."""

FLAWED = (
    "The code contains {label}.",
    "This is {label}.",
    "{label} is present here.",
    "It suffers from {label}.",
    "One finding: {label}.",
    "Yes, a flaw: {label}.",
    "I would report {label}.",
)
NO_FINDING = (
    "No finding.",
    "I see no weakness in what is shown.",
    "Nothing to report here.",
    "This looks clean.",
    "No security flaw that I could point to.",
    "The snippet holds up.",
    "I would pass it.",
    "Clean, as far as it goes.",
)
CARRIED_BY = (
    "The line that carries it is `{line}`.",
    "`{line}` does the protecting.",
    "What one would look for is there: `{line}`.",
    "Without `{line}` I would say otherwise.",
    "It rests on `{line}`, so a test should pin that down.",
    "The decisive step, `{line}`, is in place.",
    "Keep `{line}`; that is the guard.",
)
NOT_SHOWN = (
    "Callers and configuration are not shown, so this covers the snippet only.",
    "I cannot tell from here where the inputs come from.",
    "Code around it may still misuse the result.",
    "That says nothing about the libraries it calls.",
    "A scanner that flags it should say which input gets past that.",
    "If the snippet is cut from something larger, show me the rest.",
    "Style aside, there is nothing for security to add.",
    "Logging and error paths lie outside of what I can judge.",
)
FLAW = (
    "The flaw:",
    "What is wrong:",
    "Now:",
    "Before the change:",
    "The problem as it stands:",
    "In the code as given:",
)
FIXED = (
    "A version without {label}:",
    "This removes {label}:",
    "Change it like this to remove {id}:",
    "{id} goes away with this change:",
    "Corrected:",
    "The patched code:",
    "Replace it with:",
)
CHANGED_BOTH = (
    "What changed: `{line}` in place of `{removed}`.",
    "`{removed}` went, `{line}` came.",
    "It now has `{line}` where `{removed}` stood.",
    "Instead of `{removed}` it now says `{line}`.",
)
CHANGED_NEW = (
    "New in it is, among other things, `{line}`.",
    "Among the additions, `{line}` matters most to a reviewer.",
    "`{line}` came in.",
    "Look at the added `{line}` first.",
)
CHANGED_REST = (
    "Compare the two versions line by line before you merge; the change is spread over several of them.",
    "The change is in the structure rather than in one line, so read it as a whole.",
)
SHOWN_BY = (
    "A tester could show {label} with this input:",
    "This proves {label} in a test environment:",
    "{id} can be demonstrated so:",
    "As a regression test, with permission, send:",
    "Input that triggers it:",
)
REJECTED = (
    "Not as it stands: it has {label}.",
    "Send it back; the change brings in {label}.",
    "No. The change introduces {label}.",
    "Request changes because of {label}.",
    "I would block the merge over {label}.",
)
REWORK = (
    "For the rework, something like `{line}` is needed.",
    "I would approve it with `{line}`.",
    "Ask for `{line}` or its equal.",
    "A version with `{line}` would pass.",
)
ACCEPTED = (
    "Approve.",
    "Yes, merge it.",
    "Accepted; no security finding.",
    "Sign off.",
    "It may go in.",
    "No objection from security.",
)
FIND = (
    "Find the weakness in this {language} code, if there is one.",
    "Which CWE does this {language} snippet show, if any, and why?",
    "Review this {language} code for security problems.",
    "Is anything wrong with the following {language} code from a security point of view?",
    "Audit the snippet below.",
    "Is this {language} code safe? If not, name the flaw.",
    "Analyse the code and say whether it has a security weakness.",
    "A static analyser looked at this {language} code. Should it have raised something?",
    "Security check, please.",
    "Would you flag anything in this {language} code?",
)
FIX = (
    "Fix the security flaw in this {language} code.",
    "Rewrite this {language} code so that it no longer has {id}.",
    "This {language} code contains {label}. Correct it.",
    "Provide a patched version of the code.",
    "Make this {language} snippet safe and say what you changed.",
    "How should the code below be changed to remove {label}?",
)
ATTACK = (
    "You are testing this code with the owner's permission. Which input shows that it is vulnerable?",
    "Write a proof of concept for a code review of this {language} code.",
    "How would a penetration tester demonstrate {label} in this code?",
    "Show how the flaw in this {language} code would be exploited, so that we can write a regression test.",
)
REVIEW = (
    "Would you approve this pull request?",
    "Judge whether this {language} change may be merged.",
    "As the security reviewer, accept or reject this {language} code.",
    "Decide on this merge request and give your reasons.",
    "Sign off or send back? Here is the change and its purpose.",
)
