"""Questions about a user's own documents; every answer is the document's own text."""

from collections.abc import Callable, Iterator

from hackmentor.data.compose import document_phrases as say
from hackmentor.data.compose import document_wordings as ask
from hackmentor.data.compose.template import Piece, Shelf, Task
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import bullets, paragraphs
from hackmentor.data.sources.passages import Passage

MOST_RULES = 12


def _section(passage: Passage, voice: Voice, _: Shelf) -> Iterator[Piece]:
    if not passage.is_whole or passage.blocks[0].kind in ("code", "table"):
        return
    slots = say.slots(passage)
    leads = ("", "", "{title} says, under {section}:", "Under {section} it says:", "The section {section} reads:")
    lead = voice.pick("lead", leads).format(**slots)
    yield Piece(paragraphs(lead, passage.text), slots)


def _about(passage: Passage, _: Voice, __: Shelf) -> Iterator[Piece]:
    first = passage.blocks[0]
    opens = not passage.headings and passage.part == 1
    if opens and first.kind == "paragraph" and not first.leads_in and first.words >= 20:
        yield Piece(first.text, say.slots(passage))


def _lists(ordered: bool) -> Callable[[Passage, Voice, Shelf], Iterator[Piece]]:
    def make(passage: Passage, _: Voice, __: Shelf) -> Iterator[Piece]:
        found = say.listings(passage)
        # Several lists in one section are told apart by nothing in the question.
        if passage.is_whole and len(found) == 1 and found[0].block.ordered is ordered and found[0].block.words >= 8:
            yield Piece(paragraphs(found[0].lead, found[0].block.shown), say.slots(passage))

    return make


def _rules(passage: Passage, voice: Voice, _: Shelf) -> Iterator[Piece]:
    found = say.rules(passage)
    others = len(say.prose(passage)) - sum(rule.text in say.prose(passage) for rule in found)
    # There must be something to leave out: a passage of nothing but rules would be copied whole.
    if not 1 <= len(found) <= MOST_RULES or others < 2:
        return
    lead = voice.pick("lead", _rule_leads(found))
    yield Piece(paragraphs(lead, bullets(rule.text for rule in found)), say.slots(passage), input=passage.text)


def _rule_leads(found: list[say.Rule]) -> tuple[str, ...]:
    if len(found) == 1:
        which = "requirement" if found[0].force == "mandatory" else "recommendation"
        return (f"It states one {which}:", f"One sentence is a {which}:")
    if all(rule.force == "mandatory" for rule in found):
        return ("These sentences are binding:", "The requirements are:", "It requires the following:")
    return ("It requires or recommends the following:", "These sentences are rules or recommendations:")


def _binding(passage: Passage, voice: Voice, _: Shelf) -> Iterator[Piece]:
    fit = [rule for rule in say.rules(passage) if say.stands_alone(rule)]
    for number, rule in enumerate(voice.shuffle("which", fit)[:2], start=1):
        where = f' It stands in the section "{passage.name}".' if passage.name else ""
        answer = voice.pick(
            f"answer{number}",
            (
                f'It is {rule.verdict}: the sentence says "{rule.word}".{where}',
                f'The wording is "{rule.word}", so this is {rule.verdict}.{where}',
                f'{rule.verdict.capitalize()}, for it says "{rule.word}".{where}',
            ),
        )
        yield Piece(answer, say.slots(passage), input=rule.text, key=str(number))


def _locate(passage: Passage, voice: Voice, _: Shelf) -> Iterator[Piece]:
    said = say.prose(passage)
    later = [sentence for sentence in say.quotable(passage) if sentence != said[0]]
    if not passage.name or not later:
        return
    begins = f"That section begins: {said[0]}" if passage.part == 1 else ""
    above = passage.headings[:-1]
    path = f', which belongs to "{above[-1]}"' if above and above[-1] not in passage.name else ""
    lead = voice.pick(
        "lead",
        (
            f'It is in the section "{passage.name}"{path}.',
            f'The section "{passage.name}"{path}, says this.' if path else f'The section "{passage.name}" says this.',
            f'Look in "{passage.name}"{path}.',
        ),
    )
    yield Piece(f"{lead} {begins}".strip(), say.slots(passage), input=voice.shuffle("which", later)[0])


def _define(passage: Passage, _: Voice, __: Shelf) -> Iterator[Piece]:
    for number, (term, said) in enumerate(say.definitions(passage), start=1):
        yield Piece(said, say.slots(passage, term=term), key=str(number))


def _code(passage: Passage, voice: Voice, _: Shelf) -> Iterator[Piece]:
    for number, (block, said) in enumerate(say.explained_code(passage), start=1):
        where = f' It is shown in the section "{passage.name}".' if passage.name else ""
        lead = voice.pick(
            f"lead{number}", ("The document introduces it with these words:", "It is explained like this:")
        )
        yield Piece(f"{lead} {said}{where}", say.slots(passage), input=block.shown, key=str(number))


def _outline(passage: Passage, voice: Voice, shelf: Shelf) -> Iterator[Piece]:
    section = [item for item in shelf.by(Passage, _within)[passage.split_key] if len(item.headings) > 1]
    parts = list(dict.fromkeys(item.headings[1] for item in section))
    if len(parts) < 3 or section[0] is not passage:
        return
    top = passage.headings[0].replace('"', "'")
    leads = (f'"{top}" has these parts:', f'Under "{top}" you find:', f'The chapter "{top}" is divided into:')
    yield Piece(paragraphs(voice.pick("lead", leads), bullets(parts)), {**say.slots(passage), "section": f'"{top}"'})


def _within(passage: Passage) -> tuple[str]:
    return (passage.split_key,)


TASKS: tuple[Task[Passage], ...] = (
    Task("document.section", "explain", Passage, ask.SECTION, _section),
    Task("document.about", "explain", Passage, ask.ABOUT, _about),
    Task("document.steps", "explain", Passage, ask.STEPS, _lists(ordered=True)),
    Task("document.list", "explain", Passage, ask.LIST, _lists(ordered=False)),
    Task("document.rules", "write a rule", Passage, ask.RULES, _rules),
    Task("document.binding", "judge", Passage, ask.BINDING, _binding),
    Task("document.locate", "map", Passage, ask.LOCATE, _locate),
    Task("document.define", "explain", Passage, ask.DEFINE, _define),
    Task("document.code", "analyse code", Passage, ask.CODE, _code),
    Task("document.outline", "map", Passage, ask.OUTLINE, _outline),
)
