"""Questions about groups, malware and tools: profile, behaviour, defences in order of reach, cautious attribution."""

from collections import Counter
from collections.abc import Iterator

from hackmentor.data.compose import actor_phrases as actors
from hackmentor.data.compose import actor_wordings as wordings
from hackmentor.data.compose import attack_phrases as phrases
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor, TechniqueRef

MIN_TECHNIQUES = 6
OBSERVED = 3
MIN_FACTS = 2


def _draft_profile(actor: Actor, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    if not chooser.draw("kept", 0.65):
        return
    aliases = actors.list_aliases(actor)
    rare = [actors.format_technique(ref) for ref in actors.list_rarest(actor, 2)]
    count = phrases.format_count(len(actor.techniques), "technique")
    facts = [
        chooser.pick("also", wordings.ALSO).format(names=join_items(aliases[:5])) if aliases else "",
        chooser.pick("runs", wordings.RUNS).format(platforms=join_items(list(actor.platforms)))
        if actor.platforms
        else "",
        chooser.pick("users", wordings.USERS).format(names=_select_names(actor.users, chooser)) if actor.users else "",
        chooser.pick("tools", wordings.TOOLS).format(names=_select_names(actor.tools, chooser)) if actor.tools else "",
        chooser.pick("rare", wordings.RAREST).format(count=count, names=join_items(rare))
        if len(actor.techniques) >= MIN_TECHNIQUES
        else "",
    ]
    busiest = _count_tactics(actor)
    if busiest:
        facts.append(chooser.pick("tactics", wordings.TACTICS).format(tactics=busiest))
    told = chooser.shuffle("facts", [fact for fact in facts if fact])
    if len(told) < MIN_FACTS:
        return
    yield AnswerDraft(
        join_paragraphs(actors.describe(actor, 28), " ".join(told)),
        actors.make_slots(actor),
    )


def _count_tactics(actor: Actor) -> str:
    """The two tactics with the most techniques on record, with their numbers; empty below four techniques."""
    counts = Counter(tactic for ref in actor.techniques for tactic in ref.tactics[:1])
    first = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:2]
    return join_items([f"{tactic} ({count})" for tactic, count in first]) if len(actor.techniques) > 3 else ""


def _select_names(refs: tuple[object, ...], chooser: HashChooser) -> str:
    shown = phrases.format_group_names(refs, chooser, 4)  # type: ignore[arg-type]
    return f"{shown}, a selection of {len(refs)}" if len(refs) > 4 else shown


def _draft_techniques(actor: Actor, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    shown = actors.list_rarest(actor, 9)
    lines = actors.format_by_tactic(shown)
    if len(actor.techniques) < MIN_TECHNIQUES or len(lines) < 2 or not chooser.draw("kept", 0.25):
        return
    all_shown = len(shown) == len(actor.techniques)
    count = phrases.format_count(len(actor.techniques), "technique")
    leads = wordings.TECHNIQUES_ALL if all_shown else wordings.TECHNIQUES_RAREST
    lead = chooser.pick("lead", leads).format(label=actors.format_label(actor), count=count, shown=len(shown))
    lead = lead[0].upper() + lead[1:]
    yield AnswerDraft(join_paragraphs(lead, format_bullets(lines)), actors.make_slots(actor))


def _draft_defend(actor: Actor, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    """Mitigations by how many of the actor's techniques they address, which is a reason that can be checked."""
    known = [ref for ref in actor.techniques if entry_index.get(ref.id, Technique)]
    ranked = [(name, reached) for name, reached in actors.count_measures(known, entry_index) if len(reached) > 1][:4]
    if len(ranked) < 2 or not chooser.draw("kept", 0.25):
        return
    lines = [
        chooser.pick(f"line{name}", wordings.REACH).format(
            name=name, count=len(reached), some=join_items(chooser.shuffle(name, reached)[:2])
        )
        for name, reached in ranked
    ]
    slots = actors.make_slots(actor, considered=str(len(known)))
    lead, limit = (chooser.pick(key, options).format(**slots) for key, options in wordings.DEFEND_FRAME.items())
    yield AnswerDraft(join_paragraphs(lead, format_bullets(lines), limit), slots)


def _draft_attribution(actor: Actor, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    """Techniques seen in an incident: whom ATT&CK records with all of them, and why that proves little."""
    known = [ref for ref in actor.techniques if entry_index.get(ref.id, Technique) and ref.group_count > 1]
    if actor.kind != "group" or len(known) < MIN_TECHNIQUES:
        return
    seen = chooser.shuffle("seen", known)[:OBSERVED]
    candidates = _rank_candidates(seen, entry_index)
    if candidates:
        slots = _describe_candidates(seen, candidates)
        parts = [chooser.pick(key, options).format(**slots) for key, options in wordings.ATTRIBUTION.items()]
        yield AnswerDraft(
            join_paragraphs(*parts), {}, input=format_bullets(actors.format_technique(ref) for ref in seen)
        )


def _rank_candidates(seen: list[TechniqueRef], entry_index: EntryIndex) -> list[str]:
    """The groups on record with all of the techniques."""
    found = [entry_index.get(ref.id, Technique) for ref in seen]
    sets = [{f"{group.name} ({group.id})" for group in technique.groups} for technique in found if technique]
    return sorted(set.intersection(*sets)) if sets else []


def _describe_candidates(seen: list[TechniqueRef], candidates: list[str]) -> dict[str, str]:
    common, rare = max(seen, key=_get_group_count), min(seen, key=_get_group_count)
    more = [f"{len(candidates) - 5} more"] if len(candidates) > 5 else []
    return {
        "candidates": join_items([*candidates[:5], *more]),
        "number": phrases.format_count(len(candidates), "group"),
        "common": actors.format_technique(common),
        "common_count": str(common.group_count),
        "rare": actors.format_technique(rare),
        "rare_count": str(rare.group_count),
    }


def _get_group_count(ref: TechniqueRef) -> tuple[int, str]:
    return ref.group_count, ref.id


QUESTION_TEMPLATES: tuple[QuestionTemplate[Actor], ...] = (
    QuestionTemplate("actor.profile", "explain", Actor, wordings.PROFILE, _draft_profile),
    QuestionTemplate("actor.techniques", "map", Actor, wordings.TECHNIQUES, _draft_techniques),
    QuestionTemplate("actor.defend", "mitigate", Actor, wordings.DEFEND, _draft_defend),
    QuestionTemplate("actor.attribution", "judge", Actor, wordings.ATTRIBUTE, _draft_attribution),
)
