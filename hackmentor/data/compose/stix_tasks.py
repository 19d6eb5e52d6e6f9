"""Questions about the objects of a user's STIX bundles."""

from collections.abc import Iterator

from hackmentor.data.compose import stix_phrases as say
from hackmentor.data.compose import stix_wordings as ask
from hackmentor.data.compose.template import Piece, Shelf, Task
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import bullets, listed, paragraphs, whole
from hackmentor.data.sources.stix_objects import Indicator, Report, Subject

MOST_PATTERNS = 8


def _describe(subject: Subject, _: Voice, __: Shelf) -> Iterator[Piece]:
    if len(subject.description.split()) >= 6:
        yield Piece(paragraphs(whole(subject.description, 200), say.also(subject)), say.slots(subject))


def _uses(subject: Subject, voice: Voice, _: Shelf) -> Iterator[Piece]:
    lines = say.by_kind(subject.linked("uses"), voice)
    if lines:
        leads = (
            f"{subject.label} is reported to use the following:",
            f"Known for {subject.label}:",
            f"The data link {subject.label} with:",
        )
        yield Piece(paragraphs(voice.pick("lead", leads), bullets(lines)), say.slots(subject))


def _used_by(subject: Subject, voice: Voice, _: Shelf) -> Iterator[Piece]:
    users = subject.linked("uses (by)", *say.ACTORS)
    if users:
        yield Piece(f"{subject.label} is used by {say.names(users, voice)}.", say.slots(subject))


def _how(subject: Subject, voice: Voice, _: Shelf) -> Iterator[Piece]:
    told = [link for link in subject.linked("uses") if len(link.how.split()) >= 8]
    for link in voice.shuffle("which", told)[:3]:
        yield Piece(link.how, say.slots(subject, other=link.label), key=link.id)


def _mitigated(subject: Subject, voice: Voice, shelf: Shelf) -> Iterator[Piece]:
    links = subject.linked("mitigates (by)")
    lines = [say.measure(link, shelf) for link in voice.shuffle("which", links)[:6]]
    if lines:
        leads = (
            f"Against {subject.label}, these measures are named:",
            f"{subject.label} is addressed by:",
            f"To reduce the risk of {subject.label}:",
        )
        yield Piece(paragraphs(voice.pick("lead", leads), bullets(lines)), say.slots(subject))


def _against(subject: Subject, voice: Voice, _: Shelf) -> Iterator[Piece]:
    links = subject.linked("mitigates")
    if links:
        text = whole(subject.description, 80)
        yield Piece(paragraphs(f"{subject.label} mitigates {say.names(links, voice, 10)}.", text), say.slots(subject))


def _aims(subject: Subject, voice: Voice, _: Shelf) -> Iterator[Piece]:
    lines = say.aims(subject, voice)
    if lines:
        yield Piece(" ".join(lines), say.slots(subject))


def _compare(subject: Subject, voice: Voice, shelf: Shelf) -> Iterator[Piece]:
    used = subject.linked("uses")
    if not used:
        return
    # Whoever shares one thing that is used may share more.
    common = voice.pick("common", used)
    near = [item for item in shelf.by(Subject, say.used)[f"{subject.kind} {common.id}"] if item is not subject]
    if not near:
        return
    other = voice.pick("other", near)
    mine, yours = ({link.id: link.label for link in item.linked("uses")} for item in (subject, other))
    both = [label for name, label in mine.items() if name in yours]
    blocks = [f"Both {subject.label} and {other.label} use {_first(both, 8)}."]
    for one, own, foreign in ((subject, mine, yours), (other, yours, mine)):
        alone = [label for name, label in own.items() if name not in foreign]
        blocks.append(f"Only {one.name} is linked with {_first(alone, 6)}." if alone else "")
    yield Piece(paragraphs(*blocks), say.slots(subject, other=other.label), key=other.upstream_id)


def _first(names: list[str], most: int) -> str:
    rest = len(names) - most
    return listed([*names[:most], f"{rest} more"] if rest > 0 else names)


def _watch(subject: Subject, voice: Voice, shelf: Shelf) -> Iterator[Piece]:
    found = [shelf.get(link.id, Indicator) for link in subject.linked("indicates (by)")]
    known = [indicator for indicator in found if indicator]
    if known:
        blocks = [
            paragraphs(whole(item.description, 40) or (f"{item.name}:" if item.name else ""), say.pattern(item))
            for item in voice.shuffle("which", known)[:MOST_PATTERNS]
        ]
        lead = "These patterns point to" if len(blocks) > 1 else "This pattern points to"
        yield Piece(paragraphs(f"{lead} {subject.label}:", *blocks), say.slots(subject))


def _indicator(indicator: Indicator, voice: Voice, shelf: Shelf) -> Iterator[Piece]:
    links = indicator.linked("indicates")
    told = paragraphs(whole(indicator.description, 80), say.background(links, shelf))
    if not links and not told:
        return
    leads = ("The pattern points to {}.", "A match indicates {}.", "It is an indicator for {}.")
    lead = voice.pick("lead", leads).format(say.names(links, voice)) if links else ""
    slots = {"kind": indicator.pattern_type.upper()}
    since = f"It is valid from {indicator.since}." if indicator.since else ""
    yield Piece(paragraphs(lead, told, since), slots, input=indicator.pattern)


def _report(report: Report, voice: Voice, _: Shelf) -> Iterator[Piece]:
    lines = say.by_kind(report.linked("refers to"), voice)
    about = paragraphs("It refers to:", bullets(lines)) if lines else ""
    output = paragraphs(whole(report.description, 200), about)
    if len(output.split()) >= 8:
        yield Piece(output, {"name": f'"{report.name}"'})


TASKS: tuple[Task[Subject] | Task[Indicator] | Task[Report], ...] = (
    Task("stix.describe", "explain", Subject, ask.DESCRIBE, _describe),
    Task("stix.uses", "map", Subject, ask.USES, _uses),
    Task("stix.used_by", "map", Subject, ask.USED_BY, _used_by),
    Task("stix.how", "explain", Subject, ask.HOW, _how),
    Task("stix.mitigated_by", "mitigate", Subject, ask.MITIGATED, _mitigated),
    Task("stix.mitigates", "mitigate", Subject, ask.AGAINST, _against),
    Task("stix.aims", "map", Subject, ask.AIMS, _aims),
    Task("stix.compare", "compare", Subject, ask.COMPARE, _compare),
    Task("stix.watch", "detect", Subject, ask.WATCH, _watch),
    Task("stix.indicator", "detect", Indicator, ask.INDICATOR, _indicator),
    Task("stix.report", "explain", Report, ask.REPORT, _report),
)
