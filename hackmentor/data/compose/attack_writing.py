"""Questions that ask for a document about a technique, or for a judgement: hunts, policies, comparisons, scope."""

from collections.abc import Iterator

from hackmentor.data.compose import attack_phrases as phrases
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import (
    format_bullets,
    join_items,
    join_paragraphs,
    lower_first_letter,
    split_sentences,
    trim_to_sentences,
)
from hackmentor.data.sources.attack import Technique

PLATFORMS = ("Windows", "Linux", "macOS", "Android", "iOS", "ESXi", "Containers", "IaaS", "SaaS", "Network Devices")
PLATFORM_PHRASES = {
    "Containers": "containers",
    "IaaS": "cloud infrastructure (IaaS)",
    "SaaS": "SaaS applications",
    "Network Devices": "network devices",
    "ESXi": "ESXi hosts",
    "Android": "Android devices",
    "iOS": "iOS devices",
}


def _draft_hunt(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    if not technique.data_sources:
        return
    behaviour = split_sentences(phrases.split_description(technique)[0])[0]
    title = f"Hunt: {phrases.format_label(technique)}"
    where = f" Scope: {join_items(list(technique.platforms))}." if technique.platforms else ""
    claim = trim_to_sentences(behaviour)
    idea = f"Hypothesis: {claim} If they did so here, the data below should show traces of it.{where}"
    data = join_paragraphs("Data to collect:", format_bullets(technique.data_sources))
    baseline = chooser.pick(
        "steps",
        (
            "Procedure: establish what is normal for these data on comparable systems, list what deviates, check each "
            "deviation against change records, and follow up on what remains with the owner of the system.",
            "Procedure: start from the rarest events in these data, group them by host and account, rule out "
            "administration and deployment, and pivot from the rest to what happened before and after.",
            "Procedure: compare the last thirty days with the period before, note new combinations of host, account "
            "and program, and interview the owners of those that nobody can explain.",
        ),
    )
    done = f"Outcome: either evidence of {technique.upstream_id}, or a detection rule for the pattern that was sought."
    yield AnswerDraft(join_paragraphs(title, idea, data, baseline, done), phrases.make_slots(technique))


def _draft_policy(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    steps = [
        step
        for measure in technique.mitigations
        for _, items in chooser.shuffle(f"policy{measure.id}", measure.measures)[:2]
        for step in items[:1]
    ]
    if len(steps) < 2:
        return
    head = f"Policy: protection against {phrases.format_full_name(technique)} ({technique.upstream_id})"
    purpose = f"Purpose: attackers use this technique to pursue {phrases.format_goals(technique)}."
    rules = join_paragraphs("Rules:", format_bullets(dict.fromkeys(steps[:7])))
    names = join_items([measure.name for measure in technique.mitigations[:5]])
    yield AnswerDraft(
        join_paragraphs(head, purpose, rules, f"Related controls: {names}."), phrases.make_slots(technique)
    )


def _draft_siblings(technique: Technique, chooser: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    if not technique.parent:
        return
    peers = [
        item for item in entry_index.group_by(Technique, _list_parent_ids)[technique.parent.id] if item is not technique
    ]
    if peers:
        other = chooser.shuffle("peer", peers)[0]
        both = f"Both are forms of {technique.parent.name} ({technique.parent.id}); the difference is how it is done."
        lines = [
            f"{item.upstream_id}, {item.name}: {trim_to_sentences(phrases.split_description(item)[0], 70)}"
            for item in (technique, other)
        ]
        more = {"other": f"{other.upstream_id} ({other.name})", "otherid": other.upstream_id}
        yield AnswerDraft(join_paragraphs(both, format_bullets(lines)), phrases.make_slots(technique, **more))


def _list_parent_ids(technique: Technique) -> list[str]:
    return [technique.parent.id] if technique.parent else []


def _draft_family(technique: Technique, _: HashChooser, entry_index: EntryIndex) -> Iterator[AnswerDraft]:
    known = [entry_index.get(ref.id, Technique) for ref in technique.children]
    children = [item for item in known if item]
    if len(children) > 1:
        lines = [f"{c.upstream_id}, {c.name}: {split_sentences(phrases.split_description(c)[0])[0]}" for c in children]
        lead = f"{phrases.format_label(technique)} has {phrases.format_count(len(children), 'sub-technique')}:"
        yield AnswerDraft(join_paragraphs(lead, format_bullets(lines)), phrases.make_slots(technique))


def _draft_scope(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    known = [platform for platform in PLATFORMS if platform in technique.platforms]
    within = {*technique.platforms, *(["SaaS"] if _is_used_as_service(technique) else [])}
    others = [platform for platform in PLATFORMS if platform not in within]
    if not known or not others or technique.domain == "mobile":
        return
    affected = chooser.pick("affected", (True, False))
    platform = chooser.pick(
        "place", known if affected else [p for p in others if p not in ("Android", "iOS")] or others
    )
    platform_phrase = PLATFORM_PHRASES.get(platform, f"{platform} computers")
    where = join_items(list(technique.platforms))
    if affected:
        answer = (
            f"Yes. {phrases.format_label(technique)} applies to {where}, so {platform_phrase} are within its reach."
        )
        next_step = _format_first_step(technique, chooser)
    else:
        label = phrases.format_label(technique)
        answer = f"Not by ATT&CK's account: {label} is listed for {where}, but not for {platform_phrase}."
        next_step = "Look again when the estate changes or when ATT&CK extends the list of platforms."
    yield AnswerDraft(join_paragraphs(answer, next_step), phrases.make_slots(technique, place=platform_phrase))


def _is_used_as_service(technique: Technique) -> bool:
    """Office suites and identity providers are listed apart from SaaS, but most of them are used as such."""
    return bool({"Office Suite", "Identity Provider"} & set(technique.platforms))


def _format_first_step(technique: Technique, chooser: HashChooser) -> str:
    lines = phrases.format_countermeasures(technique, chooser, max_items=1, max_steps=1)
    return (
        f"A first measure is {lower_first_letter(lines[0])}"
        if lines
        else f"The attacker's aim there: {phrases.format_goals(technique)}."
    )


def _draft_software(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    if len(technique.software) < 2:
        return
    names = phrases.format_group_names(technique.software, chooser)
    more = ", among others" if len(technique.software) > 8 else ""
    lead = f"Malware and tools known for {phrases.format_label(technique)} include {names}{more}."
    goal = f"In their hands it serves {phrases.format_goals(technique)}."
    yield AnswerDraft(join_paragraphs(lead, goal), phrases.make_slots(technique))


def _draft_exercise(technique: Technique, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    if not technique.data_sources or not technique.mitigations:
        return
    title = f"Exercise: {phrases.format_label(technique)}"
    goal = f"Objective: find out whether we notice and withstand an attacker who wants to {_get_first_goal(technique)}."
    scene = f"Scenario: {trim_to_sentences(phrases.split_description(technique)[0], 60)}"
    see = join_paragraphs("The blue team should see it in:", format_bullets(technique.data_sources[:5]))
    names = [f"{measure.name} ({measure.id})" for measure in technique.mitigations[:4]]
    stop = join_paragraphs("Controls under test:", format_bullets(names))
    rule = chooser.pick(
        "rule",
        (
            "Ground rules: written permission, a test system or an agreed host, a contact who can stop the exercise.",
            "Before the start: agree on the scope in writing, name someone who may stop it, plan the clean-up.",
            "Safety: no production data, a fixed time window, every change logged and reverted afterwards.",
        ),
    )
    yield AnswerDraft(join_paragraphs(title, goal, scene, see, stop, rule), phrases.make_slots(technique))


def _get_first_goal(technique: Technique) -> str:
    return next((phrases.GOALS[tactic] for tactic in technique.tactics if tactic in phrases.GOALS), "reach their goal")


HUNT = (
    "Write a threat hunting hypothesis for {label}.",
    "Plan a hunt for {id}.",
    "Draft a hunt card for {label}.",
    "We want to look for {name} in our environment. Prepare the hunt.",
    "Create a hunting procedure around {id}.",
    "Propose how to hunt for {label}, from hypothesis to outcome.",
)
POLICY = (
    "Write a security policy that counters {label}.",
    "Draft policy statements against {id}.",
    "Turn the defences against {label} into rules for our administrators.",
    "Formulate an internal policy on {name}.",
    "Compose a short directive to protect us from {label}.",
)
SIBLINGS = (
    "What is the difference between {label} and {other}?",
    "Compare {id} with {otherid}.",
    "How do I tell {label} from {other}?",
    "{id} versus {otherid}: which is which?",
    "Contrast the sub-techniques {label} and {other}.",
)
FAMILY = (
    "Which sub-techniques does {label} have?",
    "Break {id} down into its sub-techniques.",
    "List the forms that {name} takes.",
    "Give an overview of the sub-techniques of {label}.",
)
SCOPE = (
    "We run {place}. Does {label} concern us?",
    "Our estate consists of {place}. Do we have to reckon with {id}?",
    "Is {label} relevant for {place}?",
    "A company uses only {place}. Should {name} be in its threat model?",
    "Judge whether {id} is in scope for {place}.",
    "Decide if {place} are exposed to {label}.",
)
SOFTWARE = (
    "Which malware or tools use {label}?",
    "Name software that implements {id}.",
    "With which tools do attackers carry out {label}?",
    "What malware is known for {name}?",
    "List programs associated with {id} for our detection lab.",
)
EXERCISE = (
    "Plan a purple team exercise on {label}.",
    "Design a table-top exercise about {id}.",
    "Prepare an exercise that tests our defences against {label}.",
    "Outline a controlled test of {name} with ground rules.",
    "How would you exercise {id} with red and blue team together?",
)

QUESTION_TEMPLATES: tuple[QuestionTemplate[Technique], ...] = (
    QuestionTemplate("attack.hunt", "write a rule", Technique, HUNT, _draft_hunt),
    QuestionTemplate("attack.policy", "write a rule", Technique, POLICY, _draft_policy),
    QuestionTemplate("attack.compare", "compare", Technique, SIBLINGS, _draft_siblings),
    QuestionTemplate("attack.family", "map", Technique, FAMILY, _draft_family),
    QuestionTemplate("attack.scope", "judge", Technique, SCOPE, _draft_scope),
    QuestionTemplate("attack.software", "map", Technique, SOFTWARE, _draft_software),
    QuestionTemplate("attack.exercise", "write a rule", Technique, EXERCISE, _draft_exercise),
)
