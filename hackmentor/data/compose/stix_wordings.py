"""Wordings of questions about the objects of STIX bundles."""

DESCRIBE = (
    "What is {label}?",
    "Describe the {kind} {label}.",
    "Give a short account of {label} for the threat intelligence file.",
    "{name} was named in a sharing group. What do we know about it?",
    "Brief me on the {kind} {label}.",
    "Tell a colleague what {label} is.",
    "Summarise our intelligence on {label}.",
    "How would you introduce {label} in a report?",
)
USES = (
    "What does {label} use?",
    "List the software and techniques linked with {label}.",
    "Which techniques and tools is {label} known for?",
    "Map {label} to what it uses.",
    "For the hunt plan: what belongs to the toolbox of {label}?",
    "How does {label} operate? Name what it relies on.",
    "Enumerate what is attributed to the {kind} {name} in terms of behaviour and software.",
)
USED_BY = (
    "Who uses {label}?",
    "Which actors or campaigns are known for {label}?",
    "{label} was seen in our network. Whom is it linked with?",
    "Name the users of {label}.",
    "To whom might {label} point?",
    "Has {label} been tied to anybody?",
)
HOW = (
    "How does {label} use {other}?",
    "What is known about {label} and {other}?",
    "In which way is {other} used by {label}?",
    "Describe the use of {other} by {label}.",
    "Connect {label} with {other}: what was observed?",
    "Explain the link between {label} and {other}.",
    "Why is {other} listed for {label}?",
    "Detail how {other} appears in the activity of {label}.",
    "{label} is said to use {other}. How?",
    "Where does {other} come in when {label} is active?",
    "For the case file: {label} and {other}, what is on record?",
    "Show with one finding how {label} works with {other}.",
)
MITIGATED = (
    "What mitigates {label}?",
    "How can we protect ourselves against {label}?",
    "Recommend measures against the {kind} {name}.",
    "Which controls reduce the risk from {label}?",
    "List the courses of action for {label}.",
    "We are exposed to {label}. What helps?",
)
AGAINST = (
    "Against what does {label} help?",
    "Which threats does the measure {label} address?",
    "Why should we introduce {label}?",
    "Justify the {kind} {label} by what it works against.",
    "If we put {label} in place, what becomes harder for attackers?",
)
AIMS = (
    "Whom does {label} target, and who is behind it?",
    "What is known about targets and attribution of {label}?",
    "Name targets and attribution of the {kind} {name}.",
    "Should we worry about {label}? Say what it targets and to whom it is attributed, as far as known.",
    "Complete the attribution field for {label}.",
    "Who or what is tied to {label} by targeting or attribution?",
)
COMPARE = (
    "Compare {label} with {other}.",
    "What do {label} and {other} have in common, and what not?",
    "How do {label} and {other} differ in what they use?",
    "Could {label} and {other} be confused? Set out what they share.",
    "Contrast the profiles of {label} and {other}.",
)
WATCH = (
    "Which indicators point to {label}?",
    "Give me detection patterns for {label}.",
    "What should we search for to find {label}?",
    "Export the indicators for the {kind} {name}.",
    "How can {label} be detected from our indicators?",
    "Write down the patterns that reveal {label}.",
)
INDICATOR = (
    "What does this {kind} pattern point to?",
    "A {kind} indicator matched. What does it mean?",
    "Explain the following indicator.",
    "This pattern fired in our platform. What is behind it?",
    "Interpret the indicator below for the analyst on duty.",
    "Which threat does this pattern detect?",
    "We received this indicator from a partner. What is it for?",
    "Look at the pattern and say what a hit would indicate.",
)
REPORT = (
    "What is the report {name} about?",
    "Summarise the report {name} and what it refers to.",
    "Tell me what {name} reports.",
    "Which threats does the report {name} deal with?",
    "I have no time to read {name}. What is in it?",
    "Give the gist of the threat report {name}.",
)
