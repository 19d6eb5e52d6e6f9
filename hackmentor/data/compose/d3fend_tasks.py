"""Questions about D3FEND: what a countermeasure does, which ones bear on a technique, and what a relation proves."""

from collections.abc import Iterator

from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs
from hackmentor.data.sources.d3fend import TACTICS, AppliedDefence, Defence, DefendedTechnique

# A countermeasure that is related to more techniques than this says little about any of them.
MAX_BREADTH = 40
# They come before an attack or after it, so that no run of a technique tests them.
PASSIVE = ("Model", "Restore")
MAX_SHOWN, MIN_LINES = 4, 2
VERBS = {
    "analyzes": "analyses", "authenticates": "authenticates", "blocks": "blocks", "deletes": "deletes",
    "disables": "disables", "encrypts": "encrypts", "evaluates": "evaluates", "filters": "filters",
    "hardens": "hardens", "inventories": "inventories", "isolates": "isolates", "maps": "maps",
    "monitors": "monitors", "neutralizes": "neutralises", "obfuscates": "obfuscates", "regenerates": "regenerates",
    "restores": "restores", "restricts": "restricts", "spoofs": "imitates", "strengthens": "strengthens",
    "suspends": "suspends", "terminates": "terminates", "updates": "updates", "validates": "validates",
    "verifies": "verifies",
}  # fmt: skip


def _draft_explain(defence: Defence, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    slots = {"label": f"{defence.name} ({defence.upstream_id})", "name": defence.name}
    place = chooser.pick("place", PLACE).format(tactic=defence.tactic, group=defence.group)
    shown = chooser.shuffle("shown", list(defence.techniques))[:MAX_SHOWN]
    verb = VERBS.get(defence.verb, "")
    if not shown or not verb:
        yield AnswerDraft(f"{defence.definition} {place}", slots)
        return
    names = join_items([f"{ref.name} ({ref.id})" for ref in shown])
    count = len(defence.techniques)
    related = chooser.pick("related", RELATED).format(verb=verb, names=names, count=count)
    broad = chooser.pick("broad", BROAD).format(count=count) if count > MAX_BREADTH else ""
    yield AnswerDraft(join_paragraphs(f"{defence.definition} {place}", f"{related} {broad}".strip()), slots)


def _draft_plan(technique: DefendedTechnique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """The narrowest countermeasure of each tactic, in the order of D3FEND's tactics."""
    found = _pick_by_tactic(technique)
    acting = [item for item in found if item.tactic not in PASSIVE]
    if len(found) < MIN_LINES or not acting:
        return
    lines = [f"{item.tactic}: {item.name} ({item.id})" for item in found]
    lead = chooser.pick("lead", PLAN_LEAD).format(**_make_slots(technique))
    first = min(acting, key=lambda item: item.breadth)
    slots = {"first": first.name, "count": str(first.breadth), "verb": VERBS[first.verb], "id": technique.upstream_id}
    rule = chooser.pick("rule", PLAN_RULE).format(**slots)
    yield AnswerDraft(join_paragraphs(lead, format_bullets(lines), rule), _make_slots(technique))


def _draft_judge(technique: DefendedTechnique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """Whether a relation in D3FEND means that a technique is covered: never by itself, least of all a wide one."""
    usable = [item for item in technique.defences if item.verb in VERBS]
    if not usable or not chooser.draw("kept", 0.5):
        return
    item = chooser.pick("which", usable)
    slots = {**_make_slots(technique), "defence": f"{item.name} ({item.id})", "verb": VERBS[item.verb]}
    why = chooser.pick("why", JUDGE_WIDE if item.breadth > MAX_BREADTH else JUDGE_NARROW)
    proof = PROOF[item.tactic].format(name=item.name, id=technique.upstream_id)
    lead = chooser.pick("no", JUDGE_NO)
    yield AnswerDraft(f"{lead} {why.format(**slots, count=item.breadth)} {proof}", slots, key=item.id)


def _pick_by_tactic(technique: DefendedTechnique) -> list[AppliedDefence]:
    found: dict[str, AppliedDefence] = {}
    for item in technique.defences:
        if item.breadth <= MAX_BREADTH and item.verb in VERBS:
            found.setdefault(item.tactic, item)
    return [found[tactic] for tactic in TACTICS if tactic in found]


def _make_slots(technique: DefendedTechnique) -> dict[str, str]:
    return {"label": f"{technique.name} ({technique.upstream_id})", "id": technique.upstream_id}


PLACE = ("D3FEND files it under {tactic}: {group}.", "Tactic {tactic}, {group}.", "It belongs to {tactic} / {group}.")
RELATED = (
    "It {verb} artifacts that {count} ATT&CK techniques act on, such as {names}.",
    "Related in ATT&CK, over a shared artifact that it {verb}: {names} ({count} in all).",
    "By what it {verb}, D3FEND ties it to {names}; the whole list has {count}.",
)
BROAD = (
    "A tie to {count} techniques is wide: take it as a place to look.",
    "With {count} of them the tie is loose, so check each by itself.",
)
PLAN_LEAD = (
    "For {label}, D3FEND offers these, of each tactic the narrowest:",
    "{label} can be met at several points:",
    "Candidates against {label}:",
)
PLAN_RULE = (
    "Each is tied to {id} over an artifact that both act on. The narrowest tie is {first}, which {verb} it: test that "
    "one against a run of the technique.",
    "Begin with {first}, since it {verb} something that few other techniques touch ({count} in all), and keep it only "
    "if a test of {id} shows an effect.",
    "The ties are inferred from artifacts. Whether {first}, the narrowest of them, does anything about {id} here, "
    "an exercise has to show.",
)
JUDGE_NO = ("No, not from that alone.", "Not by itself.", "No.", "That would be too quick.")
JUDGE_NARROW = (
    "D3FEND says that {defence} {verb} an artifact which {label} acts on; that makes it a candidate, with an effect "
    "still to be shown.",
    "The relation between {defence} and {label} is inferred from an artifact in common, whatever your set-up is.",
)
JUDGE_WIDE = (
    "{defence} is tied to {count} techniques over one kind of artifact, so the tie to {label} says little.",
    "The tie between {defence} and {label} is one of {count} that rest on the same artifact.",
)
PROOF = {
    "Model": "{name} tells you where {id} could happen; it stops nothing, so name the control that does.",
    "Harden": "Try {id} against a hardened host and an ordinary one, and put down the difference {name} makes.",
    "Detect": "Carry out {id} on a test host and see whether {name} raises an alert that somebody reads.",
    "Isolate": "Attempt {id} from inside the boundary and note whether {name} keeps it there.",
    "Deceive": "See whether somebody who carries out {id} in an exercise touches what {name} laid out.",
    "Evict": "{name} comes after {id} has happened: measure how long it takes, and what comes back.",
    "Restore": "{name} repairs what {id} did; rehearse it, and cover prevention and detection elsewhere.",
}
EXPLAIN = (
    "What does D3FEND mean by {label}?",
    "Explain the countermeasure {label}.",
    "Where does {label} stand in D3FEND, and which ATT&CK techniques does it touch?",
    "{name} is in a vendor's D3FEND mapping. What is it?",
)
PLAN = (
    "Which D3FEND countermeasures bear on {label}?",
    "Plan defences against {label} with D3FEND.",
    "Map {label} to D3FEND, one countermeasure a tactic.",
    "How can {label} be countered, in D3FEND's terms?",
)
JUDGE = (
    "A vendor says that {defence} covers {label}, as D3FEND relates the two. Right?",
    "We have {defence}. May the coverage map show {label} as covered, going by D3FEND?",
    "D3FEND links {defence} with {label}. Are we protected?",
)
QUESTION_TEMPLATES: tuple[QuestionTemplate[Defence] | QuestionTemplate[DefendedTechnique], ...] = (
    QuestionTemplate("d3fend.explain", "explain", Defence, EXPLAIN, _draft_explain),
    QuestionTemplate("d3fend.plan", "mitigate", DefendedTechnique, PLAN, _draft_plan),
    QuestionTemplate("d3fend.judge", "judge", DefendedTechnique, JUDGE, _draft_judge),
)
