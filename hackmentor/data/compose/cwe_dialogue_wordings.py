"""Wordings of the dialogues about weaknesses."""

BRIEFING = (
    "Our scanner reports {id}. What is that?",
    "I have to deal with a finding called {name}. Can you explain it?",
    "What does {label} mean?",
    "The last penetration test lists {id}. Please tell me what it is.",
    "Can you walk me through {label}?",
    "Since the last release our dashboard shows {id}. What does it stand for?",
    "A customer asks whether we are affected by {label}. What is it?",
    "Tell me about {label}, please. I am new to this.",
    "During threat modelling somebody wrote {id} on the board. Can you explain?",
    "Help me understand {label}.",
)
ASK_EFFECTS = (
    "And what could an attacker do with it?",
    "I see. What would happen if somebody exploited that?",
    "How serious is that for us?",
    "Which effects would we notice if it were exploited?",
    "What could somebody do with that?",
    "How much should I worry about {id}?",
    "What does it lead to?",
    "What is the damage?",
)
EFFECTS = (
    "It can end in {effects}.",
    "Think of {effects}.",
    "Up to {effects}.",
    "The catalogue lists {effects}.",
    "An exploit may bring {effects}.",
    "{id} is known for {effects}.",
    "In the worst case: {effects}.",
    "You would have to reckon with {effects}.",
    "Possible outcomes: {effects}.",
    "It depends on the place; typical are {effects}.",
    "What follows is {effects}.",
    "By CWE's account {effects}.",
    "Nothing pleasant: {effects}.",
    "At stake: {effects}.",
)
ASK_MEASURES = (
    "That is not acceptable. How do we prevent it?",
    "We cannot live with that. Which measures help?",
    "Then we need to act. What should the developers do?",
    "So how do we get rid of it?",
    "What do I write into the backlog?",
    "And the remedy?",
)
ASK_RULE = (
    "How do I keep this from happening again elsewhere?",
    "And in general, what should I do differently?",
    "What should our guideline say so that nobody repeats {id}?",
    "Is there a rule behind that?",
)
ASK_LESSON = (
    "What should we learn from these for our own product?",
    "How do we avoid being next?",
    "What is the lesson for us?",
    "How would our developers prevent that?",
)
MEASURES_LEAD = ("", "", "", "", "", "In general:", "For a start:", "My advice:", "CWE says:", "Like this:")
ASK_OTHERS = (
    "Is it an isolated case, or are there others like it?",
    "Have other products had it?",
    "Do you know more of that kind?",
    "Who else was hit?",
)
ASK_PLAIN = (
    "I have to explain this to management. Can you put it in two or three sentences?",
    "My manager is no engineer. How do I say this in plain words?",
    "Give me a short version for the risk committee, please.",
    "How would you justify the work to someone who pays for it?",
    "And without any jargon?",
    "What do I tell the managing director?",
)
RISK = (
    "If someone exploits it, {risks}.",
    "Then {risks}.",
    "In the wrong hands that means: {risks}.",
    "The price may be that {risks}.",
    "On a bad day {risks}.",
    "It takes one person with bad intentions, and {risks}.",
    "Left as it is, {risks}.",
    "What worries me: {risks}.",
    "For the business: {risks}.",
    "Sooner or later {risks}.",
    "Imagine that {risks}.",
    "Our risk: {risks}.",
)
ODDS = {
    "High": ("That happens often.", "Attackers like it.", "It is a usual target.", "The odds are against us."),
    "Medium": ("It does happen.", "That is no rare event.", "Some attackers look for it."),
    "Low": ("It is not likely, but possible.", "That is seldom seen.", "Few attackers bother."),
}
REQUEST = (
    "We ask for time to repair it.",
    "Please let the developers do that first.",
    "A few days now save weeks later.",
    "It can be mended before the next release.",
    "Put it on the list for this quarter.",
    "The team needs your go-ahead.",
    "I would not wait for an incident.",
    "Friday you get an estimate.",
    "I propose to fund the repair.",
    "Let us decide this week.",
    "",
    "",
    "",
)
CLINIC = (
    "Can you look at this {language} code? Something about it bothers me.",
    "I wrote this in {language}. Is it safe to ship?",
    "Please review this for security.",
    "Does this {language} snippet have a security problem?",
    "A colleague says this code is fine. Do you agree?",
    "Any objection to this {language}?",
)
ASK_FIX = (
    "Show me how you would change my code.",
    "And the fixed version?",
    "Fix it, please.",
    "How is it done right?",
)
RECHECK = (
    "I took that over. Is anything left to complain about?",
    "Merged as you showed it. Would you still flag it?",
    "Look at your own version with fresh eyes: any finding?",
    "And that one is clean?",
)
ADVISORY = (
    "I am reading {cve}: {text} What kind of weakness is that?",
    'An advisory says: "{text}" How would you classify it?',
    "{cve} is in my list. {text} Which CWE is it?",
    "What went wrong in {cve}? The record says: {text}",
    "Help me sort {cve}. {text}",
    "This line is all I have on {cve}: {text} What is behind it?",
)

CONSULT = (
    "I am told that we should think about {name}, but I do not know where to start.",
    "Somebody wrote {id} into our requirements. What do you need to know from me?",
    "Can you advise us on {name}? I would not know what to ask.",
    "Management wants us to be safe from {name}. What now?",
    "We hired you because of {id}. How do we proceed?",
    "Let us talk about {name}. I am out of my depth here.",
    "My predecessor left a note: deal with {id}. That is all I have.",
    "An auditor asked how we handle {name}. I had no answer.",
)
ASK_STAGE = (
    "How far along is your product?",
    "At which stage are you?",
    "What exists so far: plans, code, customers?",
    "Where do you stand?",
    "Is it being designed, built or run?",
    "Has a line of code been written?",
    "Before I advise: how far are you?",
    "Is it live yet?",
    "What have you got to show?",
    "Tell me first how old the project is.",
)
STAGES = {
    "Architecture and Design": (
        "We are still drawing the architecture.",
        "There are sketches and no code.",
        "The design is due next month.",
    ),
    "Implementation": (
        "The code is being written right now.",
        "Four developers are in the middle of it.",
        "Half of it is coded.",
    ),
    "Operation": ("It has been in operation for a year.", "Customers use it every day.", "It went live in spring."),
    "Testing": ("We are testing it before the release.", "It is with the testers.", "Feature complete, in test."),
    "Build and Compilation": ("We are setting up the build pipeline.", "The build is what we work on."),
    "Requirements": ("We have only started to write down the requirements.", "So far there is a wish list."),
}
ADVICE_NOW = (
    "Good, then this can be done now:",
    "At that point:",
    "Then begin here.",
    "That leaves you this:",
    "For you, today:",
    "Fine. Do this:",
    "What fits that stage:",
    "",
    "",
    "",
)
ASK_LATER = (
    "And what comes at another stage?",
    "Is that all, or does more follow at other times?",
    "What else, before or after?",
    "What do other phases owe?",
)
ADVICE_LATER = (
    "In {phase}:",
    "One thing belongs to {phase}.",
    "Yes, under {phase}:",
    "{phase} has its share:",
    "For {phase}, note this.",
    "As to {phase}:",
)
ASK_SKIP = (
    "What do we risk if we leave it?",
    "Suppose we postpone all that. What then?",
    "And if we do nothing?",
    "Is it worth the effort?",
)
SKIPPED = (
    "Then {risks}.",
    "You accept that {risks}.",
    "Put it in writing that {risks}.",
    "Some day {risks}.",
    "The honest answer: {risks}.",
    "Ask who would sign that {risks}.",
)
