"""The catalogue's explanations of code, without what points at text that is not shown."""

import re

from hackmentor.data.prose import split_sentences, trim_to_sentences

POINTING_WORDS = re.compile(
    r"\b(?:Good and Bad|these examples|following|below|above|next example|previous example|once again|"
    r"(?:first|second|latter|former) (?:of|example))\b",
    re.I,
)
BACK_REFERENCE = re.compile(r"^(?:\S+ ){0,6}(?:this|these|that|those|such|it|they)\b", re.I)
CONNECTOR = re.compile(r"^(?:However|Also|In addition|Additionally|But|Therefore|Thus|So|Again|Here),? ")
# An explanation without any of these tells what the code does and not what is wrong with it.
FAULT = re.compile(
    r"\b(?:not|no|never|without|nor|none|cannot|allow\w*|can|could|may|might|will|would|attacker\w*|fail\w*|instead|only|"
    r"vulnerab\w*|because|wrong\w*|incorrect\w*|missing|always|even|overflow\w*|leak\w*|expos\w*|hard-coded|insecure\w*|"
    r"should|must|unsafe|weak\w*|error\w*|before|after|mistak\w*|results? in|lead\w*)\b",
    re.I,
)
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
    return _drop_story(trim_to_sentences(text[:1].upper() + text[1:] if text != kept[0] else text, max_words))


def _drop_story(text: str) -> str:
    """The text without a last sentence that only sets a scene."""
    head, mark, last = text.rpartition("\n")
    sentences = split_sentences(last)
    if sentences and STORY.match(sentences[-1]):
        return f"{head}{mark}{' '.join(sentences[:-1])}".strip()
    return text
