"""CWE's worked examples: vulnerable code with what is wrong, its fix, an attack on it, and observed CVEs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from hackmentor.data.prose import finish_sentence, trim_to_sentences
from hackmentor.data.sources.code_syntax import find_fitting_language, parses
from hackmentor.data.sources.cwe_markup import extract_code, extract_prose, get_local_tag

# The catalogue's own marks on a case.
SHORTHAND = re.compile(r"^(?:MFV\.|Multi-channel issue\.|Small handful of others\.)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CodeExample:
    """Vulnerable code, why it is vulnerable, and (each may be empty) a fix with its reason and an attack input."""

    intro: str
    language: str
    bad: str
    reason: str
    good: str
    good_reason: str
    good_language: str
    attack: str


@dataclass(frozen=True, slots=True)
class ObservedExample:
    """A published vulnerability that shows the weakness."""

    cve: str
    text: str


@dataclass(frozen=True, slots=True)
class _ExamplePart:
    nature: str
    language: str
    text: str


def read_observed_examples(weakness: Element, namespace: str, seen: set[str]) -> tuple[ObservedExample, ...]:
    """The CVEs of a weakness that are not in `seen`; adds them to `seen`."""
    found: list[ObservedExample] = []
    for item in weakness.iterfind(f"{namespace}Observed_Examples/{namespace}Observed_Example"):
        cve = item.findtext(f"{namespace}Reference", "").strip()
        text = finish_sentence(extract_prose(item.find(f"{namespace}Description")).replace(" * note", " Note"))
        text = SHORTHAND.sub("", text)
        if cve.startswith("CVE-") and len(text.split()) > 4 and cve not in seen and not text.endswith(":"):
            seen.add(cve)
            found.append(ObservedExample(cve, text))
    return tuple(found)


def read_code_examples(weakness: Element, namespace: str, seen: set[str], broken: list[str]) -> tuple[CodeExample, ...]:
    """The code examples of a weakness that are not in `seen`; adds them to `seen`.

    A fix that does not parse is left out; `broken` gets the id of its weakness and the number of the example.
    """
    found: list[CodeExample] = []
    for element in weakness.iterfind(f"{namespace}Demonstrative_Examples/{namespace}Demonstrative_Example"):
        for example in _split_examples(list(_iter_parts(element))):
            key = "".join(example.bad.split())
            if key not in seen:
                seen.add(key)
                found.append(example)
                if example.good and not parses(example.good, example.good_language):
                    broken.append(f"CWE-{weakness.get('ID')} example {len(found)}")
                    found[-1] = replace(example, good="", good_reason="")
    return tuple(found)


def _iter_parts(example: Element) -> Iterator[_ExamplePart]:
    for child in example:
        tag = get_local_tag(child)
        if tag == "Example_Code":
            yield _ExamplePart(child.get("Nature", "").lower(), child.get("Language", ""), extract_code(child))
        elif tag in ("Intro_Text", "Body_Text"):
            yield _ExamplePart("text", "", extract_prose(child))


def _split_examples(parts: list[_ExamplePart]) -> Iterator[CodeExample]:
    """One example for each vulnerable block: what stands before it, and what follows it up to the next one."""
    starts = [number for number, part in enumerate(parts) if part.nature == "bad" and part.text]
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(parts)
        begin = starts[number - 1] + 1 if number else 0
        before = [part.text for part in parts[begin:start] if part.nature == "text"]
        after = parts[start + 1 : end]
        # Text that leads in the next vulnerable block speaks of that one.
        if number + 1 < len(starts) and after and after[-1].nature == "text" and len(after) > 1:
            after = after[:-1]
        example = _build_example(before, parts[start], after)
        if example:
            yield example


def _build_example(before: list[str], bad: _ExamplePart, after: list[_ExamplePart]) -> CodeExample | None:
    codes = [number for number, part in enumerate(after) if part.nature in ("good", "attack", "result", "informative")]
    reason_end = codes[0] if codes else len(after)
    reason = _join_text(after[:reason_end])
    good_at = next((n for n in codes if after[n].nature == "good" and after[n].text), None)
    good = after[good_at] if good_at is not None else None
    attack = next((after[n].text for n in codes if after[n].nature == "attack"), "")
    if not 20 <= len(bad.text) <= 2500 or (not reason and not good):
        return None
    return CodeExample(
        intro=trim_to_sentences(before[-1]) if before else "",
        language=find_fitting_language(bad.text, bad.language or (good.language if good else "")),
        bad=bad.text,
        reason=reason,
        good=good.text if good else "",
        good_reason=_find_fix_reason(good_at, after),
        good_language=find_fitting_language(good.text, good.language or bad.language) if good else "",
        attack=attack,
    )


def _find_fix_reason(good_at: int | None, after: list[_ExamplePart]) -> str:
    """What is said about the fix; nothing if more code follows it, for the text may speak of that."""
    rest = after[good_at + 1 :] if good_at is not None else []
    return _join_text(rest) if all(part.nature == "text" for part in rest) else ""


def _join_text(parts: list[_ExamplePart]) -> str:
    text = "\n\n".join(part.text for part in parts if part.nature == "text" and part.text)
    return trim_to_sentences(text)
