"""Wordings of questions about a user's documents: each names the document, so that it can stand alone."""

SECTION = (
    "What does {title} say about {section}?",
    "According to {title}, what is there to know about {section}?",
    "Give me the text of {section} from {title}.",
    "I need the part of {title} that is headed {section}.",
    "Look up {section} in {title} and tell me what it says.",
    "Under the heading {section}, what does {title} tell its readers?",
    "A new colleague asks about {section}. What is written on it in {title}?",
    "Please recall the section {section} of {title}.",
    "How does {title} treat {section}?",
    "For an audit: what exactly is written under {section} in {title}?",
    "Someone quoted the section {section} of {title} to me. What does it say in full?",
    "Tell me what {title} has under {section}.",
)
ABOUT = (
    "How does {title} open?",
    "With which words does {title} introduce itself?",
    "Give the opening paragraph of {title}.",
    "I have not read {title}. How does it begin?",
    "What does the introduction of {title} say?",
    "Before the first heading, what does {title} tell its readers?",
    "Read me the start of {title}.",
)
STEPS = (
    "Which numbered points does {title} give under {section}?",
    "List, in their order, the points of {section} in {title}.",
    "Walk me through {section} as {title} has it, point by point.",
    "I am working through {section} of {title}. What are its points, in order?",
    "According to {title}, what comes first, second and so on in {section}?",
    "In {title}, {section} has a numbered list. What is in it?",
    "Put the points of {section} from {title} in their order.",
    "Make me a checklist from {section} in {title}.",
)
LIST = (
    "Which points does {title} list under {section}?",
    "List what {title} names in the section {section}.",
    "Name the items that {section} of {title} contains.",
    "In {title}, the section {section} has a list. What is on it?",
    "Enumerate the points of {section} according to {title}.",
    "As bullet points, please: {section} from {title}.",
    "My notes on {title} are incomplete. What is listed under {section}?",
    "Help me fill in a form: what does {title} list in {section}?",
)
RULES = (
    "Extract the requirements from this passage of {title}.",
    "Which sentences of this passage, taken from {title}, say what must or should be done?",
    "Turn the following passage of {title} into a list of its binding statements.",
    "For a compliance matrix: what does this part of {title} require or recommend?",
    "From {title}. Pick out every obligation and recommendation, word for word.",
    "Read this part of {title} and keep only what obliges somebody.",
    "What would an auditor check in this passage of {title}?",
    "Separate rules from explanation in this text, which comes from {title}.",
    "Draft the list of controls that this passage of {title} states.",
    "Find the must and should statements below; the text is from {title}.",
)
BINDING = (
    "Is this sentence of {title} mandatory or a recommendation?",
    "How binding is the following statement from {title}?",
    "Judge the force of this sentence, found in {title}.",
    "Can we deviate from this? It stands in {title}.",
    "Mandatory or recommended? The sentence comes from {title}.",
    "An exception was requested for this rule of {title}. How strict is its wording?",
    "Read the statement below from {title} and say whether it is an obligation.",
    "Our auditor flagged this line of {title}. Is it a must?",
    "Classify this statement of {title} by its obligation.",
    "Does {title} require this, or only advise it?",
    "Rate this sentence from {title}: obligation or advice?",
    "We cannot follow this line of {title} at one site. Was it optional?",
)
LOCATE = (
    "Where in {title} does this sentence stand?",
    "Which section of {title} says this?",
    "Find the place of this statement in {title}.",
    "Somebody quoted this from {title}. Which section is it from?",
    "I remember this line from {title} but not the heading. Where do I find it?",
    "Under which heading of {title} would I find the following?",
    "Give the section of {title} for this citation.",
    "Cite the source of this sentence within {title}.",
    "This is from {title}. Help me find the passage again.",
    "To which part of {title} does this sentence belong?",
    "Our ticket quotes {title} without a reference. Which section is meant?",
    "Name the section of {title} that contains the text below.",
)
DEFINE = (
    "How does {title} define {term}?",
    "According to {title}, what is meant by {term}?",
    "Explain the term {term} as {title} uses it.",
    "In the sense of {title}, what does {term} stand for?",
    "Define {term} in the words of {title}.",
    "What does {title} understand by {term}?",
    "I came across {term} in {title}. What is that?",
    "For our glossary: {term}, as {title} has it.",
)
CODE = (
    "What does {title} say this is for?",
    "This snippet is from {title}. What is it about?",
    "How does {title} explain the following?",
    "Explain this example from {title} in the words of the document.",
    "I copied this from {title}. When would I need it?",
    "According to {title}, why would one write this?",
    "The following stands in {title}. What does the text say about it?",
)
OUTLINE = (
    "Which parts does {section} in {title} have?",
    "Outline the chapter {section} of {title}.",
    "How is {section} divided in {title}?",
    "Give me the headings below {section} in {title}.",
    "What topics does {title} cover under {section}?",
    "I only need the structure: what comes under {section} in {title}?",
)
