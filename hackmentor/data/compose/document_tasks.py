"""Questions about a user's own documents; every answer is the document's own text."""

from collections.abc import Callable, Iterator

from hackmentor.data.compose import document_phrases as phrases
from hackmentor.data.compose import document_wordings as wordings
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_paragraphs
from hackmentor.data.sources.passages import Passage

MAX_RULES = 12


def _draft_section(passage: Passage, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    if not passage.is_whole or passage.blocks[0].kind in ("code", "table"):
        return
    slots = phrases.make_slots(passage)
    leads = ("", "", "{title} says, under {section}:", "Under {section} it says:", "The section {section} reads:")
    lead = chooser.pick("lead", leads).format(**slots)
    yield AnswerDraft(join_paragraphs(lead, passage.text), slots)


def _draft_about(passage: Passage, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
    first = passage.blocks[0]
    opens = not passage.headings and passage.part == 1
    if opens and first.kind == "paragraph" and not first.is_lead_in and first.word_count >= 20:
        yield AnswerDraft(first.text, phrases.make_slots(passage))


def _make_list_template(ordered: bool) -> Callable[[Passage, HashChooser, EntryIndex], Iterator[AnswerDraft]]:
    def make(passage: Passage, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
        found = phrases.find_lists(passage)
        # Several lists in one section are told apart by nothing in the question.
        if (
            passage.is_whole
            and len(found) == 1
            and found[0].block.ordered is ordered
            and found[0].block.word_count >= 8
        ):
            yield AnswerDraft(join_paragraphs(found[0].lead, found[0].block.rendered), phrases.make_slots(passage))

    return make


def _draft_rules(passage: Passage, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    found = phrases.find_rules(passage)
    others = len(phrases.list_prose_sentences(passage)) - sum(
        rule.text in phrases.list_prose_sentences(passage) for rule in found
    )
    # There must be something to leave out: a passage of nothing but rules would be copied whole.
    if not 1 <= len(found) <= MAX_RULES or others < 2:
        return
    lead = chooser.pick("lead", _list_rule_leads(found))
    yield AnswerDraft(
        join_paragraphs(lead, format_bullets(rule.text for rule in found)),
        phrases.make_slots(passage),
        input=passage.text,
    )


def _list_rule_leads(found: list[phrases.Rule]) -> tuple[str, ...]:
    if len(found) == 1:
        which = "requirement" if found[0].force == "mandatory" else "recommendation"
        return (f"It states one {which}:", f"One sentence is a {which}:")
    if all(rule.force == "mandatory" for rule in found):
        return ("These sentences are binding:", "The requirements are:", "It requires the following:")
    return ("It requires or recommends the following:", "These sentences are rules or recommendations:")


def _draft_binding(passage: Passage, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    fit = [rule for rule in phrases.find_rules(passage) if phrases.is_self_contained(rule)]
    for number, rule in enumerate(chooser.shuffle("which", fit)[:2], start=1):
        where = f' It stands in the section "{passage.name}".' if passage.name else ""
        answer = chooser.pick(
            f"answer{number}",
            (
                f'It is {rule.verdict}: the sentence says "{rule.word}".{where}',
                f'The wording is "{rule.word}", so this is {rule.verdict}.{where}',
                f'{rule.verdict.capitalize()}, for it says "{rule.word}".{where}',
            ),
        )
        yield AnswerDraft(answer, phrases.make_slots(passage), input=rule.text, key=str(number))


def _draft_locate(passage: Passage, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    all_sentences = phrases.list_prose_sentences(passage)
    later = [sentence for sentence in phrases.list_quotable_sentences(passage) if sentence != all_sentences[0]]
    if not passage.name or not later:
        return
    begins = f"That section begins: {all_sentences[0]}" if passage.part == 1 else ""
    above = passage.headings[:-1]
    path = f', which belongs to "{above[-1]}"' if above and above[-1] not in passage.name else ""
    lead = chooser.pick(
        "lead",
        (
            f'It is in the section "{passage.name}"{path}.',
            f'The section "{passage.name}"{path}, says this.' if path else f'The section "{passage.name}" says this.',
            f'Look in "{passage.name}"{path}.',
        ),
    )
    yield AnswerDraft(f"{lead} {begins}".strip(), phrases.make_slots(passage), input=chooser.shuffle("which", later)[0])


def _draft_define(passage: Passage, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
    for number, (term, sentence) in enumerate(phrases.iter_definitions(passage), start=1):
        yield AnswerDraft(sentence, phrases.make_slots(passage, term=term), key=str(number))


def _draft_code(passage: Passage, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    for number, (block, sentence) in enumerate(phrases.iter_explained_code(passage), start=1):
        where = f' It is shown in the section "{passage.name}".' if passage.name else ""
        lead = chooser.pick(
            f"lead{number}", ("The document introduces it with these words:", "It is explained like this:")
        )
        yield AnswerDraft(
            f"{lead} {sentence}{where}", phrases.make_slots(passage), input=block.rendered, key=str(number)
        )


def _draft_outline(passage: Passage, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    section = [
        item for item in entry_index.group_by(Passage, _list_split_keys)[passage.split_key] if len(item.headings) > 1
    ]
    parts = list(dict.fromkeys(item.headings[1] for item in section))
    if len(parts) < 3 or section[0] is not passage:
        return
    top = passage.headings[0].replace('"', "'")
    leads = (f'"{top}" has these parts:', f'Under "{top}" you find:', f'The chapter "{top}" is divided into:')
    yield AnswerDraft(
        join_paragraphs(chooser.pick("lead", leads), format_bullets(parts)),
        {**phrases.make_slots(passage), "section": f'"{top}"'},
    )


def _list_split_keys(passage: Passage) -> tuple[str]:
    return (passage.split_key,)


QUESTION_TEMPLATES: tuple[QuestionTemplate[Passage], ...] = (
    QuestionTemplate("document.section", "explain", Passage, wordings.SECTION, _draft_section),
    QuestionTemplate("document.about", "explain", Passage, wordings.ABOUT, _draft_about),
    QuestionTemplate("document.steps", "explain", Passage, wordings.STEPS, _make_list_template(ordered=True)),
    QuestionTemplate("document.list", "explain", Passage, wordings.LIST, _make_list_template(ordered=False)),
    QuestionTemplate("document.rules", "write a rule", Passage, wordings.RULES, _draft_rules),
    QuestionTemplate("document.binding", "judge", Passage, wordings.BINDING, _draft_binding),
    QuestionTemplate("document.locate", "map", Passage, wordings.LOCATE, _draft_locate),
    QuestionTemplate("document.define", "explain", Passage, wordings.DEFINE, _draft_define),
    QuestionTemplate("document.code", "analyse code", Passage, wordings.CODE, _draft_code),
    QuestionTemplate("document.outline", "map", Passage, wordings.OUTLINE, _draft_outline),
)
