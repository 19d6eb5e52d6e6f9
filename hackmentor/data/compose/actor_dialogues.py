"""Dialogues about groups and software: the last turns recommend against what the earlier ones named."""

from collections.abc import Iterator

from hackmentor.data.compose import actor_dialogue_wordings as said
from hackmentor.data.compose import actor_phrases as actors
from hackmentor.data.compose import attack_phrases as phrases
from hackmentor.data.compose.template import Dialogue, DialogueTemplate, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor, TechniqueRef

Turn = tuple[str, str]
MOBILE = {"Android", "iOS"}
CLOUD = {"IaaS", "SaaS", "Identity Provider", "Office Suite"}
TRIAGED, BRIEFED = 0.07, 0.5
MAX_LINES = 3


def _select_shown(actor: Actor, entry_index: EntryIndex) -> list[TechniqueRef]:
    """The techniques that a dialogue names: rare ones, and at least three that something can be recommended against."""
    known = {ref.id: entry_index.get(ref.id, Technique) for ref in actor.techniques}
    rare = actors.list_rarest(actor, 4)
    treatable = [ref for ref in actors.list_rarest(actor, 99) if (found := known[ref.id]) and found.mitigations]
    return sorted({*rare, *treatable[:3]}, key=lambda ref: ref.id)


def _format_advice(shown: list[TechniqueRef], chooser: HashChooser, entry_index: EntryIndex) -> list[str]:
    """Controls against the techniques that were named, those first that bear on most of them."""
    lines: list[str] = []
    left = {actors.format_technique(ref) for ref in shown}
    for name, reached in actors.count_measures(shown, entry_index):
        # A control that adds nothing to those before it is left to them.
        if new := sorted(left & set(reached)):
            control = name.rpartition(" (")[0]
            frame = chooser.pick(f"control{name}", said.CONTROL)
            lines.append(frame.format(control=control, techniques=join_items(new[:2])))
            left -= set(reached)
    return lines[:MAX_LINES]


def _choose_steps(actor: Actor, chooser: HashChooser, *, is_found: bool) -> str:
    """What to do first with software that was found, or that others warn of."""
    if not is_found:
        steps = [chooser.pick(f"warned{number}", options) for number, options in enumerate(said.WARNED)]
        return " ".join(steps).format(name=actor.name)
    platforms = set(actor.platforms)
    pool: tuple[str, ...]
    if platforms and platforms <= MOBILE:
        pool = said.CONTAIN_MOBILE
    elif platforms and platforms <= CLOUD:
        pool = said.CONTAIN_CLOUD
    elif platforms == {"Network Devices"}:
        pool = said.CONTAIN_NETWORK
    else:
        first, *more = (chooser.pick(f"contain{number}", options) for number, options in enumerate(said.CONTAIN_HOST))
        return " ".join([first, *chooser.shuffle("steps", more)[:2]]).format(name=actor.name)
    return chooser.pick("contain", pool)


def _build_triage_dialogue(actor: Actor, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Dialogue]:
    """Software found or heard of: what it is; what it does, or whose it is; what now."""
    shown = _select_shown(actor, entry_index)
    lines = actors.format_by_tactic(shown)
    if actor.kind == "group" or len(lines) < 2 or not chooser.draw("kept", TRIAGED):
        return
    label = {"name": actor.name, "label": actors.format_label(actor)}
    is_found = chooser.draw("found", 0.6)
    is_mobile = bool(actor.platforms) and set(actor.platforms) <= MOBILE
    place = (said.FOUND_MOBILE if is_mobile else said.FOUND) if is_found else said.HEARD_OF
    turns: list[Turn] = [(chooser.pick("first", place).format(**label), actors.describe(actor, 28))]
    turns.append((chooser.pick("what", said.ASK_USE), _format_shown(actor, shown, lines, chooser)))
    if actor.users and chooser.draw("asked", 0.5):
        names = phrases.format_group_names(actor.users, chooser, 3)
        known = chooser.pick("users", said.SAY_WHO).format(names=names)
        turns.append((chooser.pick("who", said.ASK_WHO), f"{known} {chooser.pick('open', said.NO_PROOF)}"))
    controls = _format_advice(shown, chooser, entry_index)
    after = format_bullets(controls) if len(controls) > 1 else "".join(controls)
    steps = _choose_steps(actor, chooser, is_found=is_found)
    turns.append((chooser.pick("now", said.ASK_NOW), join_paragraphs(steps, after)))
    yield Dialogue(turns)


def _format_shown(actor: Actor, shown: list[TechniqueRef], lines: list[str], chooser: HashChooser) -> str:
    leads = said.SAY_ALL if len(shown) == len(actor.techniques) else said.SAY_SOME
    lead = chooser.pick("lead", leads).format(count=len(actor.techniques), shown=len(shown), name=actor.name)
    layout = chooser.pick("layout", ("list", "prose"))
    return join_paragraphs(lead, format_bullets(lines)) if layout == "list" else f"{lead} {' '.join(lines)}"


def _build_group_briefing_dialogue(actor: Actor, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[Dialogue]:
    """A group: who, how, perhaps with which software, where to start against what was named."""
    shown = _select_shown(actor, entry_index)
    lines = actors.format_by_tactic(shown)
    controls = _format_advice(shown, chooser, entry_index)
    if actor.kind != "group" or len(lines) < 2 or not controls or not chooser.draw("kept", BRIEFED):
        return
    label = {"name": actor.name, "label": actors.format_label(actor)}
    aliases = actors.list_aliases(actor)[:3]
    also = chooser.pick("also", said.ALIASES).format(names=join_items(aliases)) if aliases else ""
    turns: list[Turn] = [
        (chooser.pick("first", said.ASK_GROUP).format(**label), join_paragraphs(actors.describe(actor, 28), also)),
        (chooser.pick("how", said.ASK_HOW), _format_shown(actor, shown, lines, chooser)),
    ]
    if actor.tools and chooser.draw("armed", 0.6):
        names = phrases.format_group_names(actor.tools, chooser, 3)
        pool = said.SAY_TOOLS if len(actor.tools) <= 3 else said.SAY_SOME_TOOLS
        brings = chooser.pick("brings", pool).format(names=names, count=len(actor.tools))
        turns.append((chooser.pick("tools", said.ASK_TOOLS), brings))
    body = format_bullets(controls) if len(controls) > 1 else controls[0]
    turns.append((chooser.pick("start", said.ASK_START), join_paragraphs(chooser.pick("of", said.ADVICE_LEAD), body)))
    yield Dialogue(turns)


DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Actor], ...] = (
    DialogueTemplate("actor.triage", Actor, _build_triage_dialogue),
    DialogueTemplate("actor.group_briefing", Actor, _build_group_briefing_dialogue),
)
