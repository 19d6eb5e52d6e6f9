"""Questions about control systems: where a technique bites and how to see it there, and what an asset is exposed to."""

from collections.abc import Iterator, Sequence

from hackmentor.data.compose.ics_watch import ENDANGERING, WATCH
from hackmentor.data.compose.ics_wordings import (
    ASSET,
    ASSET_CHECK,
    ASSET_EXPOSED,
    ASSET_NAMES,
    AT_ONCE,
    DETECT,
    MEASURES,
    ON_ASSETS,
    SAFETY,
    TECHNIQUE,
)
from hackmentor.data.compose.instructions import is_instruction
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import (
    format_bullets,
    join_items,
    join_paragraphs,
    split_sentences,
    trim_to_sentences,
)
from hackmentor.data.sources.ics import AppliedTechnique, IcsAsset, IcsTechnique

SUMMARY_WORDS = 30
MAX_MEASURE_WORDS = 30
MAX_SHOWN, MIN_TECHNIQUES = 4, 2


def _draft_technique(technique: IcsTechnique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """What it is, where it bites, and what MITRE names against it, where that is an order somebody can follow."""
    if not technique.assets:
        return
    slots = _make_slots(technique)
    told = trim_to_sentences(technique.description, SUMMARY_WORDS)
    where = chooser.pick("where", ON_ASSETS).format(**slots)
    first = dict.fromkeys(split_sentences(text)[0] for text in technique.measures if text)
    orders = [text for text in first if len(text.split()) <= MAX_MEASURE_WORDS and is_instruction(text)]
    picked = chooser.shuffle("measures", orders)[:2]
    measures = join_paragraphs(chooser.pick("lead", MEASURES), format_bullets(picked)) if picked else ""
    yield AnswerDraft(join_paragraphs(f"{told} {where}", measures), slots)


def _draft_detect(technique: IcsTechnique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """What gives it away, by hand, and who has to be told before somebody acts on it."""
    watch = WATCH.get(technique.upstream_id)
    if watch:
        slots = _make_slots(technique)
        rules = SAFETY if technique.upstream_id in ENDANGERING else AT_ONCE
        last = chooser.pick("last", rules).format(**slots)
        yield AnswerDraft(f"{watch} {last}", slots)


def _draft_asset(asset: IcsAsset, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """By tactic, so that an asset gives several answers, none of them a list of everything."""
    tactics = list(dict.fromkeys(tactic for item in asset.techniques for tactic in item.tactics))
    checked = chooser.pick("checked", tactics)
    for tactic in tactics:
        fitting = [item for item in asset.techniques if tactic in item.tactics]
        if len(fitting) < MIN_TECHNIQUES and tactic != checked:
            continue
        shown = chooser.shuffle(f"shown {tactic}", fitting)[:MAX_SHOWN]
        slots = {
            "asset": ASSET_NAMES.get(asset.name, asset.name),
            "tactic": tactic,
            "names": join_items([f"{item.name} ({item.id})" for item in shown]),
            "levels": join_items([level.lower() for level in asset.levels]) or "no level of its own",
        }
        exposed = chooser.pick(f"exposed {tactic}", ASSET_EXPOSED).format(**slots)
        # Said once for an asset: its other answers would repeat it.
        first = f"{ASSET_CHECK.get(asset.upstream_id, '')} {_tell_sign(shown)}".strip() if tactic == checked else ""
        yield AnswerDraft(join_paragraphs(exposed, first), slots, key=tactic.lower().replace(" ", "-"))


def _tell_sign(techniques: Sequence[AppliedTechnique]) -> str:
    found = next((item for item in techniques if item.id in WATCH), None)
    return f"A sign of {found.name}: {WATCH[found.id][0].lower()}{WATCH[found.id][1:]}" if found else ""


def _make_slots(technique: IcsTechnique) -> dict[str, str]:
    return {
        "label": f"{technique.name} ({technique.upstream_id})",
        "name": technique.name,
        "id": technique.upstream_id,
        "assets": join_items([ASSET_NAMES.get(name, name) for name in technique.assets]),
    }


QUESTION_TEMPLATES: tuple[QuestionTemplate[IcsTechnique] | QuestionTemplate[IcsAsset], ...] = (
    QuestionTemplate("ics.technique", "explain", IcsTechnique, TECHNIQUE, _draft_technique),
    QuestionTemplate("ics.detect", "detect", IcsTechnique, DETECT, _draft_detect),
    QuestionTemplate("ics.asset", "map", IcsAsset, ASSET, _draft_asset),
)
