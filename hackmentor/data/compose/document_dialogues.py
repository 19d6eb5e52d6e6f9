"""Dialogues over a user's own documents: each question takes up what the answer before it said."""

from collections.abc import Iterator

from hackmentor.data.compose import document_phrases as say
from hackmentor.data.compose.template import Dialogue, Plan, Shelf
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import ENDINGS, bullets, paragraphs, sentences
from hackmentor.data.sources.passages import Passage

Turn = tuple[str, str]
STEPS_OF_A_WALK = 3


def _drill(passage: Passage, voice: Voice, _: Shelf) -> Iterator[Dialogue]:
    """A section from its opening words to its list, one point of that list, and what of it is binding."""
    opening = _opening(passage)
    if not passage.is_whole or not opening:
        return
    title, section = f'"{passage.title}"', f'"{passage.name}"'
    first = voice.pick(
        "first",
        (
            f"What does {title} say about {section}?",
            f"I have to explain {section} from {title} to my team. How does it start?",
            f"Let us go through {section} of {title}. What is its first point?",
            f"We were asked about {section}. Does {title} cover it?",
            f"Help me with {title}. I am stuck at the section {section}.",
            f"My manager wants to know what {title} has on {section}. What do I tell her?",
            f"There is a question from the audit on {section}. What do we state in {title}?",
            f"Can you help me prepare a talk on {section}, based on {title}?",
            f"Remind me of {section} in {title}, please.",
            f"Which message does {section} in {title} carry?",
            f"{section} is a heading of {title}. What stands at its beginning?",
            f"{section}, please. How does {title} begin there?",
            f"How does the section {section} of {title} open?",
            f"{section}: I look for the essential statement of {title} on that.",
            f"Before I sign off {title}, what does {section} begin with?",
            f"Quiz me on {section} from {title}. First tell me how it starts.",
            f"A customer sent questions on {section}. Where does {title} start on that?",
            f"In {title} I am looking at {section}. What is the gist of its opening?",
        ),
    )
    turns: list[Turn] = [(first, opening), *_points(passage, voice), *_binding(passage, voice)]
    if len(turns) > 2:
        yield Dialogue(turns)


def _opening(passage: Passage) -> str:
    """The first paragraph, if it says something by itself."""
    block = passage.blocks[0]
    if block.kind != "paragraph" or "\n" in block.text:
        return ""
    said = [sentence for sentence in sentences(block.text) if not sentence.endswith(":")]
    return " ".join(said) if len(" ".join(said).split()) >= 8 else ""


def _points(passage: Passage, voice: Voice) -> Iterator[Turn]:
    """The one list of the passage, and one of its points."""
    found = say.listings(passage)
    if len(found) != 1 or len(found[0].block.items) > 9:
        return
    block = found[0].block
    ask = voice.pick(
        "points",
        ("Which points does it list?", "And the list?", "Does the section list anything? Name it all.", "Go on."),
    )
    yield ask, paragraphs(found[0].lead, block.shown)
    if any("\n" in item for item in block.items):
        return
    number = int(voice.pick("point", range(len(block.items))))
    names = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
    again = voice.pick(
        "again",
        (
            f"Please repeat the {names[number]} one for the minutes.",
            f"What was the {names[number]} of these again?",
            f"I missed the {names[number]} one.",
        ),
    )
    item = block.items[number].rstrip(" ,;")
    yield again, f"The {names[number]} is: {item}" + ("" if item.endswith(ENDINGS) else ".")


def _binding(passage: Passage, voice: Voice) -> Iterator[Turn]:
    """What of the section is binding, and how binding."""
    found = say.rules(passage)
    if not 1 <= len(found) <= 8:
        return
    ask = voice.pick(
        "rules",
        (
            "What of this section is a requirement or a recommendation?",
            "Which of its sentences bind us?",
            "And what do we have to do or observe, word for word?",
            "So which statements in it would an auditor check?",
        ),
    )
    yield ask, paragraphs("These statements count:" if len(found) > 1 else "This one:", bullets(r.text for r in found))
    plain = [rule for rule in found if not say.is_mixed(rule)]
    if plain:
        last = plain[-1]
        which = "the last of them" if len(found) > 1 else "that"
        how = voice.pick("how", (f"Is {which} optional?", f"Could we skip {which}?", f"How strict is {which}?"))
        # The last of all statements is meant: only then does the question point at the right one.
        if last is found[-1]:
            yield how, _strictness(last)


def _strictness(rule: say.Rule) -> str:
    return f'It is {rule.verdict}, for it says "{rule.word}": {rule.text}'


def _walk(passage: Passage, voice: Voice, shelf: Shelf) -> Iterator[Dialogue]:
    """A consultant leads through neighbouring sections, one at a time."""
    path = _path(passage, shelf)
    if len(path) < 2 or _is_inside(passage, shelf):
        return
    title = f'"{passage.title}"'
    first = voice.pick(
        "first",
        (
            f"We are working with {title} and have come to {_named(passage)}. What does it say?",
            f"Guide me through {title} from {_named(passage)} onwards, one section at a time.",
            f"I have read {title} up to {_named(passage)}. Please continue from there.",
            f"Our workshop on {title} begins at {_named(passage)}. What is in that section?",
            f"Take me through {title}, beginning with {_named(passage)}.",
            f"Today I study {title}. Open {_named(passage)} for me.",
            f"Where we stopped last time in {title} was before {_named(passage)}. Shall we go on?",
            f"Let me hear {_named(passage)} from {title}, and then what follows it.",
            f"{_named(passage)} is the next section of {title} on my list. Read it to me and then go on.",
            f"{_named(passage)}: that is where I stopped reading {title}. Can you carry on?",
            f"For the training on {title} I start with {_named(passage)}. What is in it?",
            f"Could we go through {title} together, from {_named(passage)}?",
            f"My copy of {title} ends before {_named(passage)}. What do I miss?",
            f"Please read {title} with me. We are at {_named(passage)}.",
            f"I want to compare our practice with {title}, beginning at {_named(passage)}.",
            f"Section by section, please: {title}, from {_named(passage)}.",
            f"Before the meeting I need {_named(passage)} and what follows it in {title}.",
            f"Half of {title} is still new to me. Start at {_named(passage)}.",
            f"As my consultant, lead me through {title}. The first section is {_named(passage)}.",
            f"{_named(passage)} comes first for us in {title}. What does it say?",
        ),
    )
    turns: list[Turn] = [(first, passage.text)]
    asks = voice.shuffle("next", ("Understood. What comes next?", "Done. And then?", "Which section follows?"))
    for ask, section in zip(asks, path[1:], strict=False):
        turns.append((ask, paragraphs(f"Next is {_named(section)}.", section.text)))
    yield Dialogue([*turns, *_together(path, voice)])


def _path(passage: Passage, shelf: Shelf) -> list[Passage]:
    """The passage and those that follow it, as far as they are whole, short, and on this side of the split."""
    path: list[Passage] = []
    following: Passage | None = passage
    while following and following.is_whole and len(following.text.split()) <= 220 and len(path) < STEPS_OF_A_WALK:
        path.append(following)
        following = shelf.get(following.following.id, Passage) if following.following else None
    return path


def _is_inside(passage: Passage, shelf: Shelf) -> bool:
    """Whether a walk that began earlier comes through here: its sections are not told twice."""
    before, number = passage, 0
    while before.previous and (found := shelf.get(before.previous.id, Passage)) and len(_path(found, shelf)) > 1:
        before, number = found, number + 1
    return number % STEPS_OF_A_WALK != 0


def _named(passage: Passage) -> str:
    return f'"{passage.name}"'


def _together(path: list[Passage], voice: Voice) -> Iterator[Turn]:
    """What the sections of a walk require, section by section."""
    lines = [f"{_named(section)}: {rule.text}" for section in path for rule in say.rules(section)[:2]]
    if lines:
        ask = voice.pick(
            "together",
            (
                "From all of these, what should go on our to-do list?",
                "Which requirements and recommendations did we just pass?",
                "To close: which of these sections oblige us to something?",
            ),
        )
        yield ask, paragraphs("These statements ask for something:", bullets(lines))


PLANS: tuple[Plan[Passage], ...] = (
    Plan("document.drill", Passage, _drill),
    Plan("document.walk", Passage, _walk),
)
