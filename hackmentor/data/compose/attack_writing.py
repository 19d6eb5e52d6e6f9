"""Questions that ask for a document about a technique, or for a judgement: hunts, policies, comparisons, scope."""

from collections.abc import Iterator

from hackmentor.data.compose import attack_phrases as say
from hackmentor.data.compose.template import Piece, Shelf, Task
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import bullets, listed, lower_first, paragraphs, sentences, whole
from hackmentor.data.sources.attack import Technique

PLACES = ("Windows", "Linux", "macOS", "Android", "iOS", "ESXi", "Containers", "IaaS", "SaaS", "Network Devices")
SAID = {
    "Containers": "containers",
    "IaaS": "cloud infrastructure (IaaS)",
    "SaaS": "SaaS applications",
    "Network Devices": "network devices",
    "ESXi": "ESXi hosts",
    "Android": "Android devices",
    "iOS": "iOS devices",
}


def _hunt(technique: Technique, voice: Voice, _: Shelf) -> Iterator[Piece]:
    if not technique.data_sources:
        return
    behaviour = sentences(say.paragraphs_of(technique)[0])[0]
    title = f"Hunt: {say.label(technique)}"
    where = f" Scope: {listed(list(technique.platforms))}." if technique.platforms else ""
    idea = f"Hypothesis: {whole(behaviour)} If they did so here, the data below should show traces of it.{where}"
    data = paragraphs("Data to collect:", bullets(technique.data_sources))
    baseline = voice.pick(
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
    yield Piece(paragraphs(title, idea, data, baseline, done), say.slots(technique))


def _policy(technique: Technique, voice: Voice, _: Shelf) -> Iterator[Piece]:
    steps = [
        step
        for measure in technique.mitigations
        for _, items in voice.shuffle(f"policy{measure.id}", measure.measures)[:2]
        for step in items[:1]
    ]
    if len(steps) < 2:
        return
    head = f"Policy: protection against {say.full_name(technique)} ({technique.upstream_id})"
    purpose = f"Purpose: attackers use this technique to pursue {say.goals(technique)}."
    rules = paragraphs("Rules:", bullets(dict.fromkeys(steps[:7])))
    names = listed([measure.name for measure in technique.mitigations[:5]])
    yield Piece(paragraphs(head, purpose, rules, f"Related controls: {names}."), say.slots(technique))


def _siblings(technique: Technique, voice: Voice, shelf: Shelf) -> Iterator[Piece]:
    if not technique.parent:
        return
    peers = [item for item in shelf.by(Technique, _parent_id)[technique.parent.id] if item is not technique]
    if peers:
        other = voice.shuffle("peer", peers)[0]
        both = f"Both are forms of {technique.parent.name} ({technique.parent.id}); the difference is how it is done."
        lines = [
            f"{item.upstream_id}, {item.name}: {whole(say.paragraphs_of(item)[0], 70)}" for item in (technique, other)
        ]
        more = {"other": f"{other.upstream_id} ({other.name})", "otherid": other.upstream_id}
        yield Piece(paragraphs(both, bullets(lines)), say.slots(technique, **more))


def _parent_id(technique: Technique) -> list[str]:
    return [technique.parent.id] if technique.parent else []


def _family(technique: Technique, _: Voice, shelf: Shelf) -> Iterator[Piece]:
    known = [shelf.get(ref.id, Technique) for ref in technique.children]
    children = [item for item in known if item]
    if len(children) > 1:
        lines = [f"{c.upstream_id}, {c.name}: {sentences(say.paragraphs_of(c)[0])[0]}" for c in children]
        lead = f"{say.label(technique)} has {say.count(len(children), 'sub-technique')}:"
        yield Piece(paragraphs(lead, bullets(lines)), say.slots(technique))


def _scope(technique: Technique, voice: Voice, _: Shelf) -> Iterator[Piece]:
    known = [place for place in PLACES if place in technique.platforms]
    within = {*technique.platforms, *(["SaaS"] if _as_service(technique) else [])}
    others = [place for place in PLACES if place not in within]
    if not known or not others or technique.domain == "mobile":
        return
    affected = voice.pick("affected", (True, False))
    place = voice.pick("place", known if affected else [p for p in others if p not in ("Android", "iOS")] or others)
    said = SAID.get(place, f"{place} computers")
    where = listed(list(technique.platforms))
    if affected:
        answer = f"Yes. {say.label(technique)} applies to {where}, so {said} are within its reach."
        next_step = _first_step(technique, voice)
    else:
        answer = f"Not by ATT&CK's account: {say.label(technique)} is listed for {where}, but not for {said}."
        next_step = "Look again when the estate changes or when ATT&CK extends the list of platforms."
    yield Piece(paragraphs(answer, next_step), say.slots(technique, place=said))


def _as_service(technique: Technique) -> bool:
    """Office suites and identity providers are listed apart from SaaS, but most of them are used as such."""
    return bool({"Office Suite", "Identity Provider"} & set(technique.platforms))


def _first_step(technique: Technique, voice: Voice) -> str:
    lines = say.countermeasure_lines(technique, voice, most=1, steps=1)
    return (
        f"A first measure is {lower_first(lines[0])}" if lines else f"The attacker's aim there: {say.goals(technique)}."
    )


def _software(technique: Technique, voice: Voice, _: Shelf) -> Iterator[Piece]:
    if len(technique.software) < 2:
        return
    names = say.group_names(technique.software, voice)
    more = ", among others" if len(technique.software) > 8 else ""
    lead = f"Malware and tools known for {say.label(technique)} include {names}{more}."
    goal = f"In their hands it serves {say.goals(technique)}."
    yield Piece(paragraphs(lead, goal), say.slots(technique))


def _exercise(technique: Technique, voice: Voice, _: Shelf) -> Iterator[Piece]:
    if not technique.data_sources or not technique.mitigations:
        return
    title = f"Exercise: {say.label(technique)}"
    goal = f"Objective: find out whether we notice and withstand an attacker who wants to {_first_goal(technique)}."
    scene = f"Scenario: {whole(say.paragraphs_of(technique)[0], 60)}"
    see = paragraphs("The blue team should see it in:", bullets(technique.data_sources[:5]))
    names = [f"{measure.name} ({measure.id})" for measure in technique.mitigations[:4]]
    stop = paragraphs("Controls under test:", bullets(names))
    rule = voice.pick(
        "rule",
        (
            "Ground rules: written permission, a test system or an agreed host, a contact who can stop the exercise.",
            "Before the start: agree on the scope in writing, name someone who may stop it, plan the clean-up.",
            "Safety: no production data, a fixed time window, every change logged and reverted afterwards.",
        ),
    )
    yield Piece(paragraphs(title, goal, scene, see, stop, rule), say.slots(technique))


def _first_goal(technique: Technique) -> str:
    return next((say.GOALS[tactic] for tactic in technique.tactics if tactic in say.GOALS), "reach their goal")


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

TASKS: tuple[Task[Technique], ...] = (
    Task("attack.hunt", "write a rule", Technique, HUNT, _hunt),
    Task("attack.policy", "write a rule", Technique, POLICY, _policy),
    Task("attack.compare", "compare", Technique, SIBLINGS, _siblings),
    Task("attack.family", "map", Technique, FAMILY, _family),
    Task("attack.scope", "judge", Technique, SCOPE, _scope),
    Task("attack.software", "map", Technique, SOFTWARE, _software),
    Task("attack.exercise", "write a rule", Technique, EXERCISE, _exercise),
)
