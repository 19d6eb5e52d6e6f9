"""Dialogues over a user's own documents: each question takes up what the answer before it said."""

from collections.abc import Iterator

from hackmentor.data.compose import document_phrases as phrases
from hackmentor.data.compose.template import Dialogue, DialogueTemplate, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import SENTENCE_ENDINGS, format_bullets, join_paragraphs, split_sentences
from hackmentor.data.sources.passages import Passage

Turn = tuple[str, str]
MAX_WALK_SECTIONS = 3


def _build_drill_dialogue(passage: Passage, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    """A section from its opening words to its list, one point of that list, and what of it is binding."""
    opening = _get_opening(passage)
    if not passage.is_whole or not opening:
        return
    title, section = f'"{passage.title}"', f'"{passage.name}"'
    first = chooser.pick(
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
    turns: list[Turn] = [(first, opening), *_ask_about_list(passage, chooser), *_ask_about_rules(passage, chooser)]
    if len(turns) > 2:
        yield Dialogue(turns)


def _get_opening(passage: Passage) -> str:
    """The first paragraph, if it says something by itself."""
    block = passage.blocks[0]
    if block.kind != "paragraph" or "\n" in block.text:
        return ""
    kept = [sentence for sentence in split_sentences(block.text) if not sentence.endswith(":")]
    return " ".join(kept) if len(" ".join(kept).split()) >= 8 else ""


def _ask_about_list(passage: Passage, chooser: HashChooser) -> Iterator[Turn]:
    """The one list of the passage, and one of its points."""
    found = phrases.find_lists(passage)
    if len(found) != 1 or len(found[0].block.items) > 9:
        return
    block = found[0].block
    question = chooser.pick(
        "points",
        ("Which points does it list?", "And the list?", "Does the section list anything? Name it all.", "Go on."),
    )
    yield question, join_paragraphs(found[0].lead, block.rendered)
    if any("\n" in item for item in block.items):
        return
    number = int(chooser.pick("point", range(len(block.items))))
    names = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
    again = chooser.pick(
        "again",
        (
            f"Please repeat the {names[number]} one for the minutes.",
            f"What was the {names[number]} of these again?",
            f"I missed the {names[number]} one.",
        ),
    )
    item = block.items[number].rstrip(" ,;")
    yield again, f"The {names[number]} is: {item}" + ("" if item.endswith(SENTENCE_ENDINGS) else ".")


def _ask_about_rules(passage: Passage, chooser: HashChooser) -> Iterator[Turn]:
    """What of the section is binding, and how binding."""
    found = phrases.find_rules(passage)
    if not 1 <= len(found) <= 8:
        return
    question = chooser.pick(
        "rules",
        (
            "What of this section is a requirement or a recommendation?",
            "Which of its sentences bind us?",
            "And what do we have to do or observe, word for word?",
            "So which statements in it would an auditor check?",
        ),
    )
    yield (
        question,
        join_paragraphs(
            "These statements count:" if len(found) > 1 else "This one:", format_bullets(r.text for r in found)
        ),
    )
    plain = [rule for rule in found if not phrases.is_mixed(rule)]
    if plain:
        last = plain[-1]
        which = "the last of them" if len(found) > 1 else "that"
        how = chooser.pick("how", (f"Is {which} optional?", f"Could we skip {which}?", f"How strict is {which}?"))
        # The last of all statements is meant: only then does the question point at the right one.
        if last is found[-1]:
            yield how, _explain_strictness(last)


def _explain_strictness(rule: phrases.Rule) -> str:
    return f'It is {rule.verdict}, for it says "{rule.word}": {rule.text}'


def _build_walk_dialogue(passage: Passage, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Dialogue]:
    """A consultant leads through neighbouring sections, one at a time."""
    path = _find_walk(passage, entry_index)
    if len(path) < 2 or _is_inside_walk(passage, entry_index):
        return
    title = f'"{passage.title}"'
    first = chooser.pick(
        "first",
        (
            f"We are working with {title} and have come to {_quote_name(passage)}. What does it say?",
            f"Guide me through {title} from {_quote_name(passage)} onwards, one section at a time.",
            f"I have read {title} up to {_quote_name(passage)}. Please continue from there.",
            f"Our workshop on {title} begins at {_quote_name(passage)}. What is in that section?",
            f"Take me through {title}, beginning with {_quote_name(passage)}.",
            f"Today I study {title}. Open {_quote_name(passage)} for me.",
            f"Where we stopped last time in {title} was before {_quote_name(passage)}. Shall we go on?",
            f"Let me hear {_quote_name(passage)} from {title}, and then what follows it.",
            f"{_quote_name(passage)} is the next section of {title} on my list. Read it to me and then go on.",
            f"{_quote_name(passage)}: that is where I stopped reading {title}. Can you carry on?",
            f"For the training on {title} I start with {_quote_name(passage)}. What is in it?",
            f"Could we go through {title} together, from {_quote_name(passage)}?",
            f"My copy of {title} ends before {_quote_name(passage)}. What do I miss?",
            f"Please read {title} with me. We are at {_quote_name(passage)}.",
            f"I want to compare our practice with {title}, beginning at {_quote_name(passage)}.",
            f"Section by section, please: {title}, from {_quote_name(passage)}.",
            f"Before the meeting I need {_quote_name(passage)} and what follows it in {title}.",
            f"Half of {title} is still new to me. Start at {_quote_name(passage)}.",
            f"As my consultant, lead me through {title}. The first section is {_quote_name(passage)}.",
            f"{_quote_name(passage)} comes first for us in {title}. What does it say?",
        ),
    )
    turns: list[Turn] = [(first, passage.text)]
    asks = chooser.shuffle("next", ("Understood. What comes next?", "Done. And then?", "Which section follows?"))
    for question, section in zip(asks, path[1:], strict=False):
        turns.append((question, join_paragraphs(f"Next is {_quote_name(section)}.", section.text)))
    yield Dialogue([*turns, *_ask_about_walk_rules(path, chooser)])


def _find_walk(passage: Passage, entry_index: EntryIndex) -> list[Passage]:
    """The passage and its successors, as far as they are whole, short, and on this side of the split."""
    path: list[Passage] = []
    following: Passage | None = passage
    while following and following.is_whole and len(following.text.split()) <= 220 and len(path) < MAX_WALK_SECTIONS:
        path.append(following)
        following = entry_index.get(following.following.id, Passage) if following.following else None
    return path


def _is_inside_walk(passage: Passage, entry_index: EntryIndex) -> bool:
    """Whether a walk that starts earlier already covers this passage: no section is repeated."""
    before, number = passage, 0
    while (
        before.previous
        and (found := entry_index.get(before.previous.id, Passage))
        and len(_find_walk(found, entry_index)) > 1
    ):
        before, number = found, number + 1
    return number % MAX_WALK_SECTIONS != 0


def _quote_name(passage: Passage) -> str:
    return f'"{passage.name}"'


def _ask_about_walk_rules(walk: list[Passage], chooser: HashChooser) -> Iterator[Turn]:
    """What the sections of a walk require, section by section."""
    lines = [f"{_quote_name(section)}: {rule.text}" for section in walk for rule in phrases.find_rules(section)[:2]]
    if lines:
        question = chooser.pick(
            "together",
            (
                "From all of these, what should go on our to-do list?",
                "Which requirements and recommendations did we just pass?",
                "To close: which of these sections oblige us to something?",
            ),
        )
        yield question, join_paragraphs("These statements ask for something:", format_bullets(lines))


DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Passage], ...] = (
    DialogueTemplate("document.drill", Passage, _build_drill_dialogue),
    DialogueTemplate("document.walk", Passage, _build_walk_dialogue),
)
