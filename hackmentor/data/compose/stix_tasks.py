"""Questions about the objects of a user's STIX bundles."""

from collections.abc import Iterator

from hackmentor.data.compose import stix_phrases as phrases
from hackmentor.data.compose import stix_wordings as wordings
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs, trim_to_sentences
from hackmentor.data.sources.stix_objects import Indicator, Report, StixSubject

MAX_PATTERNS = 8


def _draft_describe(subject: StixSubject, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
    if len(subject.description.split()) >= 6:
        yield AnswerDraft(
            join_paragraphs(trim_to_sentences(subject.description, 200), phrases.format_aliases_and_platforms(subject)),
            phrases.make_slots(subject),
        )


def _draft_uses(subject: StixSubject, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    lines = phrases.format_names_by_kind(subject.get_links("uses"), chooser)
    if lines:
        leads = (
            f"{subject.label} is reported to use the following:",
            f"Known for {subject.label}:",
            f"The data link {subject.label} with:",
        )
        yield AnswerDraft(
            join_paragraphs(chooser.pick("lead", leads), format_bullets(lines)), phrases.make_slots(subject)
        )


def _draft_used_by(subject: StixSubject, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    users = subject.get_links("uses (by)", *phrases.ACTORS)
    if users:
        yield AnswerDraft(
            f"{subject.label} is used by {phrases.format_names(users, chooser)}.", phrases.make_slots(subject)
        )


def _draft_how(subject: StixSubject, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    descriptions = [link for link in subject.get_links("uses") if len(link.description.split()) >= 8]
    for link in chooser.shuffle("which", descriptions)[:3]:
        yield AnswerDraft(link.description, phrases.make_slots(subject, other=link.label), key=link.id)


def _draft_mitigated(subject: StixSubject, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    links = subject.get_links("mitigates (by)")
    lines = [phrases.format_mitigation(link, entry_index) for link in chooser.shuffle("which", links)[:6]]
    if lines:
        leads = (
            f"Against {subject.label}, these measures are named:",
            f"{subject.label} is addressed by:",
            f"To reduce the risk of {subject.label}:",
        )
        yield AnswerDraft(
            join_paragraphs(chooser.pick("lead", leads), format_bullets(lines)), phrases.make_slots(subject)
        )


def _draft_against(subject: StixSubject, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    links = subject.get_links("mitigates")
    if links:
        text = trim_to_sentences(subject.description, 80)
        yield AnswerDraft(
            join_paragraphs(f"{subject.label} mitigates {phrases.format_names(links, chooser, 10)}.", text),
            phrases.make_slots(subject),
        )


def _draft_aims(subject: StixSubject, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    lines = phrases.format_targets_and_attribution(subject, chooser)
    if lines:
        yield AnswerDraft(" ".join(lines), phrases.make_slots(subject))


def _draft_compare(subject: StixSubject, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    used = subject.get_links("uses")
    if not used:
        return
    # Whoever shares one thing that is used may share more.
    common = chooser.pick("common", used)
    near = [
        item
        for item in entry_index.group_by(StixSubject, phrases.iter_usage_keys)[f"{subject.kind} {common.id}"]
        if item is not subject
    ]
    if not near:
        return
    other = chooser.pick("other", near)
    mine, yours = ({link.id: link.label for link in item.get_links("uses")} for item in (subject, other))
    both = [label for name, label in mine.items() if name in yours]
    blocks = [f"Both {subject.label} and {other.label} use {_format_first_names(both, 8)}."]
    for one, own, foreign in ((subject, mine, yours), (other, yours, mine)):
        alone = [label for name, label in own.items() if name not in foreign]
        blocks.append(f"Only {one.name} is linked with {_format_first_names(alone, 6)}." if alone else "")
    yield AnswerDraft(join_paragraphs(*blocks), phrases.make_slots(subject, other=other.label), key=other.upstream_id)


def _format_first_names(names: list[str], max_names: int) -> str:
    rest = len(names) - max_names
    return join_items([*names[:max_names], f"{rest} more"] if rest > 0 else names)


def _draft_watch(subject: StixSubject, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    found = [entry_index.get(link.id, Indicator) for link in subject.get_links("indicates (by)")]
    known = [indicator for indicator in found if indicator]
    if known:
        blocks = [
            join_paragraphs(
                trim_to_sentences(item.description, 40) or (f"{item.name}:" if item.name else ""),
                phrases.format_pattern(item),
            )
            for item in chooser.shuffle("which", known)[:MAX_PATTERNS]
        ]
        lead = "These patterns point to" if len(blocks) > 1 else "This pattern points to"
        yield AnswerDraft(join_paragraphs(f"{lead} {subject.label}:", *blocks), phrases.make_slots(subject))


def _draft_indicator(indicator: Indicator, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    links = indicator.get_links("indicates")
    descriptions = join_paragraphs(
        trim_to_sentences(indicator.description, 80), phrases.describe_first_known(links, entry_index)
    )
    if not links and not descriptions:
        return
    leads = ("The pattern points to {}.", "A match indicates {}.", "It is an indicator for {}.")
    lead = chooser.pick("lead", leads).format(phrases.format_names(links, chooser)) if links else ""
    slots = {"kind": indicator.pattern_type.upper()}
    since = f"It is valid from {indicator.valid_from}." if indicator.valid_from else ""
    yield AnswerDraft(join_paragraphs(lead, descriptions, since), slots, input=indicator.pattern)


def _draft_report(report: Report, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    lines = phrases.format_names_by_kind(report.get_links("refers to"), chooser)
    about = join_paragraphs("It refers to:", format_bullets(lines)) if lines else ""
    output = join_paragraphs(trim_to_sentences(report.description, 200), about)
    if len(output.split()) >= 8:
        yield AnswerDraft(output, {"name": f'"{report.name}"'})


QUESTION_TEMPLATES: tuple[
    QuestionTemplate[StixSubject] | QuestionTemplate[Indicator] | QuestionTemplate[Report], ...
] = (
    QuestionTemplate("stix.describe", "explain", StixSubject, wordings.DESCRIBE, _draft_describe),
    QuestionTemplate("stix.uses", "map", StixSubject, wordings.USES, _draft_uses),
    QuestionTemplate("stix.used_by", "map", StixSubject, wordings.USED_BY, _draft_used_by),
    QuestionTemplate("stix.how", "explain", StixSubject, wordings.HOW, _draft_how),
    QuestionTemplate("stix.mitigated_by", "mitigate", StixSubject, wordings.MITIGATED, _draft_mitigated),
    QuestionTemplate("stix.mitigates", "mitigate", StixSubject, wordings.AGAINST, _draft_against),
    QuestionTemplate("stix.aims", "map", StixSubject, wordings.AIMS, _draft_aims),
    QuestionTemplate("stix.compare", "compare", StixSubject, wordings.COMPARE, _draft_compare),
    QuestionTemplate("stix.watch", "detect", StixSubject, wordings.WATCH, _draft_watch),
    QuestionTemplate("stix.indicator", "detect", Indicator, wordings.INDICATOR, _draft_indicator),
    QuestionTemplate("stix.report", "explain", Report, wordings.REPORT, _draft_report),
)
