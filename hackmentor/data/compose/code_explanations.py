"""The catalogue's explanations of code, without what points at text that is not shown."""

import re

from hackmentor.data.prose import split_sentences, trim_to_sentences

POINTING_WORDS = re.compile(
    r"\b(?:Good and Bad|these examples|previous (?:code|configuration)|following|below|above|next example|"
    r"previous example|once again|"
    r"(?:first|second|latter|former) (?:of|example))\b",
    re.I,
)
BACK_REFERENCE = re.compile(r"^(?:\S+ ){0,6}(?:this|these|that|those|such|it|they)\b", re.I)
CALL = re.compile(r"\w+(?:\(|=)")
CONNECTOR = re.compile(r"^(?:However|Also|In addition|Additionally|But|Therefore|Thus|So|Again|Here),? ")
# An explanation without any of these tells what the code does and not what is wrong with it.
FAULT = re.compile(
    r"\b(?:not|no|never|without|nor|none|cannot|allow\w*|can|could|may|might|will|would|attacker\w*|fail\w*|instead|only|"
    r"vulnerab\w*|because|wrong\w*|incorrect\w*|missing|always|even|overflow\w*|leak\w*|expos\w*|hard-coded|insecure\w*|"
    r"should|must|unsafe|weak\w*|error\w*|before|after|mistak\w*|results? in|lead\w*)\b",
    re.I,
)
# Found by reading all of them: these tell what the code is for, how it was mended, or nothing.
UNEXPLAINED = (
    "Instead,", "- INFO:", "** note", "(In this case", 'Or even just "hidden"', "The traditional defense",
    "A more secure setting is to set", "The script intends to take the 'action'",
    "The kind of resource the data affects", "B may not be one byte",
    "Note that in this example, the actual password", "During execution, a call to getLastLocation",
    "If the method is called and a zero", "The method can be modified", "Similarly,",
    "The catch statement should contain", "Double free vulnerabilities have two common",
    "This code may look harmless", "When the printf() is reached", "In this example, sizeof(*foo)",
    "The case statement does not include a default to", "While most Java compilers", "Both examples",
    "Without well-established", "The body of the if statement will not", "The programmer wants to guarantee",
    "Assume that user", "This code redirects unauthorized users", "The good code example",
    "One might expect the code", "Value=123", "value=123", "If the attacker offers a useful page",
    "These example instantiations", "After bypassing secure boot", "This code demonstrates the transfer",
    "The flip-flop can be set", "By using a denylist", "There are multiple possible fixes",
    "Any user can activate the debug", "Before Android 4", "Because this content provider",
)  # fmt: skip
# "Suppose the balance is 100" begins a story that a limit may have cut off.
STORY = re.compile(r"^(?:Suppose|Assume|Imagine|Consider|For example|For instance|Say)\b")


def clean_explanation(text: str, max_words: int = 150) -> str:
    """An explanation without the sentences that point at text which is not shown; cut at `max_words`.

    Empty where what is left would begin by pointing at a sentence that is gone.
    """
    kept: list[str] = []
    for block in text.split("\n\n"):
        if "\n" in block:
            kept.append(block)
            continue
        sentences = split_sentences(block)
        staying = [part for part in sentences if not POINTING_WORDS.search(part)]
        if staying and staying[0] != sentences[0] and not any(kept) and BACK_REFERENCE.search(staying[0]):
            return ""
        kept.append(" ".join(staying))
    text = CONNECTOR.sub("", "\n\n".join(block for block in kept if block))
    # The name of a function keeps its small letter.
    starts_late = text != kept[0] and not CALL.match(text)
    return _drop_story(trim_to_sentences(text[:1].upper() + text[1:] if starts_late else text, max_words))


def explain_flaw(text: str) -> str:
    """What is wrong with code, as the catalogue says; empty where its explanation says something else."""
    why = clean_explanation(text)
    return why if FAULT.search(why) and not why.startswith(UNEXPLAINED) else ""


def _drop_story(text: str) -> str:
    """The text without a last sentence that only sets a scene."""
    head, mark, last = text.rpartition("\n")
    sentences = split_sentences(last)
    if sentences and STORY.match(sentences[-1]):
        return f"{head}{mark}{' '.join(sentences[:-1])}".strip()
    return text
