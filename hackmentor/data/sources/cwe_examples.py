"""CWE's worked examples: vulnerable code with what is wrong, its fix, an attack on it, and observed CVEs."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from hackmentor.data.prose import finish, whole
from hackmentor.data.sources.cwe_markup import code, local, prose


@dataclass(frozen=True, slots=True)
class CodeExample:
    """Vulnerable code, why it is vulnerable, and (each may be empty) a fix with its reason and an attack input."""

    intro: str
    language: str
    bad: str
    reason: str
    good: str
    good_reason: str
    attack: str


@dataclass(frozen=True, slots=True)
class Observed:
    """A published vulnerability that shows the weakness."""

    cve: str
    text: str


@dataclass(frozen=True, slots=True)
class _Part:
    nature: str
    language: str
    text: str


def read_observed(weakness: Element, ns: str, shown: set[str]) -> tuple[Observed, ...]:
    """The CVEs of a weakness that no weakness before it has shown; adds theirs to `shown`."""
    found: list[Observed] = []
    for item in weakness.iterfind(f"{ns}Observed_Examples/{ns}Observed_Example"):
        cve = item.findtext(f"{ns}Reference", "").strip()
        text = finish(prose(item.find(f"{ns}Description")).replace(" * note", " Note"))
        if cve.startswith("CVE-") and len(text.split()) > 4 and cve not in shown:
            shown.add(cve)
            found.append(Observed(cve, text))
    return tuple(found)


def read_examples(weakness: Element, ns: str, shown: set[str]) -> tuple[CodeExample, ...]:
    """The code examples of a weakness that no weakness before it has shown; adds theirs to `shown`."""
    found: list[CodeExample] = []
    for element in weakness.iterfind(f"{ns}Demonstrative_Examples/{ns}Demonstrative_Example"):
        for example in _split(list(_parts(element))):
            key = "".join(example.bad.split())
            if key not in shown:
                shown.add(key)
                found.append(example)
    return tuple(found)


def _parts(example: Element) -> Iterator[_Part]:
    for child in example:
        tag = local(child)
        if tag == "Example_Code":
            yield _Part(child.get("Nature", "").lower(), child.get("Language", ""), code(child))
        elif tag in ("Intro_Text", "Body_Text"):
            yield _Part("text", "", prose(child))


def _split(parts: list[_Part]) -> Iterator[CodeExample]:
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
        example = _example(before, parts[start], after)
        if example:
            yield example


def _example(before: list[str], bad: _Part, after: list[_Part]) -> CodeExample | None:
    codes = [number for number, part in enumerate(after) if part.nature in ("good", "attack", "result", "informative")]
    reason_end = codes[0] if codes else len(after)
    reason = _joined(after[:reason_end])
    good_at = next((n for n in codes if after[n].nature == "good" and after[n].text), None)
    good = after[good_at] if good_at is not None else None
    attack = next((after[n].text for n in codes if after[n].nature == "attack"), "")
    if not 20 <= len(bad.text) <= 2500 or (not reason and not good):
        return None
    return CodeExample(
        intro=whole(before[-1]) if before else "",
        language=bad.language or (good.language if good else ""),
        bad=bad.text,
        reason=reason,
        good=good.text if good else "",
        good_reason=_reason_for(good_at, after),
        attack=attack,
    )


def _reason_for(good_at: int | None, after: list[_Part]) -> str:
    """What is said about the fix; nothing if more code follows it, for the text may speak of that."""
    rest = after[good_at + 1 :] if good_at is not None else []
    return _joined(rest) if all(part.nature == "text" for part in rest) else ""


def _joined(parts: list[_Part]) -> str:
    text = "\n\n".join(part.text for part in parts if part.nature == "text" and part.text)
    return whole(text)
