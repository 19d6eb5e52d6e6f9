"""Questions about whole detection rules: write one from a description, read one, and tests and patterns of others."""

from collections.abc import Iterator, Mapping
from typing import Any

from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import finish_sentence, format_bullets, join_items, join_paragraphs
from hackmentor.data.sources.atomic_tests import AtomicTest
from hackmentor.data.sources.capec import AttackPattern
from hackmentor.data.sources.cloud_checks import CloudCheck
from hackmentor.data.sources.detection_rules import DetectionRule
from hackmentor.data.sources.sigma_rules import SigmaRule

FENCES = {"YARA": "yara", "Suricata": "suricata", "capa": "yaml"}
MODIFIERS = {
    "contains": "contains",
    "startswith": "begins with",
    "endswith": "ends with",
    "re": "matches the expression",
    "cidr": "lies in",
}
MAX_VALUES, MAX_LINES = 4, 8


def _draft_write(rule: SigmaRule, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
    source = ", ".join(f"{key}: {value}" for key, value in rule.logsource.items())
    yield AnswerDraft(
        f"```yaml\n{rule.text}\n```", {"title": rule.title}, f"{rule.description}\n\nLog source: {source}"
    )


def _draft_read(rule: SigmaRule, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """The rule in words, from its own fields: what must match, when it fires, what else does."""
    parts = {key: value for key, value in rule.detection.items() if key not in ("condition", "timeframe")}
    lines = [f"`{name}`: {told}" for name, value in parts.items() if (told := _tell_selection(value))]
    if not lines or len(lines) > MAX_LINES:
        return
    source = " / ".join(rule.logsource.values())
    lead = chooser.pick("lead", READ_LEAD).format(source=source)
    condition = chooser.pick("condition", READ_CONDITION).format(condition=rule.detection["condition"])
    harmless = join_items([cause.rstrip(".") for cause in rule.false_positives[:2]])
    doubt = chooser.pick("doubt", READ_DOUBT).format(harmless=harmless) if harmless else ""
    shown = f"```yaml\n{rule.text}\n```"
    yield AnswerDraft(join_paragraphs(lead, format_bullets(lines), f"{condition} {doubt}".strip()), {}, shown)


def _tell_selection(value: Any) -> str:  # noqa: ANN401 - YAML
    if isinstance(value, Mapping):
        return finish_sentence(" and ".join(_tell_field(str(key), item) for key, item in value.items()))
    items = value if isinstance(value, list) else [value]
    if all(isinstance(item, Mapping) for item in items):
        return finish_sentence(" or, ".join(_tell_selection(item).rstrip(".") for item in items))
    return f"any of the words {_tell_values(items, 'or')} in the event."


def _tell_field(name: str, value: Any) -> str:  # noqa: ANN401 - YAML
    field, *modifiers = name.split("|")
    verb = next((MODIFIERS[modifier] for modifier in modifiers if modifier in MODIFIERS), "is")
    items = value if isinstance(value, list) else [value]
    if items == [None]:
        return f"`{field}` is absent"
    return f"`{field}` {verb} {_tell_values(items, 'and' if 'all' in modifiers else 'or')}"


def _tell_values(items: list[Any], conjunction: str) -> str:
    shown = [f"`{item}`" for item in items[:MAX_VALUES]]
    more = len(items) - len(shown)
    return join_items([*shown, f"{more} more"] if more > 0 else shown, conjunction)


def _draft_explain(rule: DetectionRule, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
    ids = f" It is tagged {join_items(list(rule.techniques))}." if rule.techniques else ""
    fence = FENCES[rule.engine]
    shown = f"```{fence}\n{rule.text}\n```"
    yield AnswerDraft(f"A match means: {rule.description}{ids}", {"engine": rule.engine}, shown)


def _draft_test(test: AtomicTest, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    fence = {"powershell": "powershell", "command_prompt": "bat"}.get(test.executor, "bash")
    rights = " Administrator's rights are needed." if test.elevated else ""
    lead = chooser.pick("lead", TEST_LEAD).format(name=test.name, id=test.technique)
    clean = f"Afterwards:\n\n```{fence}\n{test.cleanup}\n```" if test.cleanup else ""
    rule = chooser.pick("rule", TEST_RULES)
    blocks = (f"{lead}{rights}", f"```{fence}\n{test.command}\n```", clean, rule)
    yield AnswerDraft(join_paragraphs(*blocks), _make_test_slots(test))


def _draft_recognise(test: AtomicTest, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    label = f"{test.technique} ({test.technique_name})"
    lead = chooser.pick("lead", (f"It carries out {label}.", f"This is a test of {label}.", f"{label}."))
    yield AnswerDraft(join_paragraphs(lead, test.description), _make_test_slots(test), f"```\n{test.command}\n```")


def _make_test_slots(test: AtomicTest) -> dict[str, str]:
    place = join_items(list(test.platforms)) or "a test host"
    return {"id": test.technique, "technique": test.technique_name, "name": test.name, "platform": place}


def _draft_pattern(pattern: AttackPattern, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    needs = f"It needs: {pattern.prerequisites[0]}" if pattern.prerequisites else ""
    rated = f"Likelihood {pattern.likelihood.lower()}." if pattern.likelihood else ""
    worst = f"Typical severity {pattern.severity.lower()}." if pattern.severity else ""
    weak = chooser.pick("weak", PATTERN_WEAK).format(cwes=join_items(list(pattern.cwes[:4]))) if pattern.cwes else ""
    helps = f"Against it: {pattern.mitigations[0]}" if pattern.mitigations else ""
    facts = chooser.shuffle("facts", [fact for fact in (needs, weak, f"{rated} {worst}".strip(), helps) if fact])
    yield AnswerDraft(
        join_paragraphs(pattern.description.split("\n\n")[0], format_bullets(facts)),
        {"label": f"{pattern.upstream_id} ({pattern.name})", "name": pattern.name},
    )


def _draft_check(check: CloudCheck, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    lead = chooser.pick("lead", CHECK_LEAD).format(severity=check.severity)
    command = f"By command:\n\n```bash\n{check.command}\n```" if check.command else ""
    code = f"In Terraform:\n\n```hcl\n{check.terraform}\n```" if check.terraform else ""
    shown = f"{check.provider} / {check.service}: {check.title}\nCheck: {check.upstream_id}, failed"
    yield AnswerDraft(join_paragraphs(f"{lead} {check.risk}", check.recommendation, command, code), {}, shown)


READ_LEAD = (
    "The rule reads events of {source}.",
    "Log source: {source}. It looks at these:",
    "On {source}, it matches so:",
)
READ_CONDITION = ("It fires on `{condition}`.", "Condition: `{condition}`.", "All hangs on `{condition}`.")
READ_DOUBT = (
    "Harmless matches: {harmless}.",
    "Expect noise from this: {harmless}.",
    "Before you escalate, rule out {harmless}.",
)
TEST_LEAD = ("{name}, a test of {id}:", "Run this on a test host for {id}.", "To see whether {id} is noticed:")
TEST_RULES = (
    "Get the owner's consent, note the time, and check which alert it raised.",
    "Only on a host that is yours to test; then search the logs for the minute of the run.",
    "If nothing fires, keep the command as the test case of a new rule.",
    "Repeat it after every change of the rule.",
)
PATTERN_WEAK = ("It exploits {cwes}.", "Weaknesses behind it: {cwes}.", "What makes it possible: {cwes}.")
CHECK_LEAD = ("Severity {severity}.", "Rated {severity}.", "A finding of severity {severity}.")
WRITE = (
    "Write a Sigma rule for this.",
    'We need a rule "{title}". Here is the idea and the log source.',
    "Turn the description into a Sigma rule.",
    "Detection engineering: implement this as Sigma.",
)
READ = (
    "What does this Sigma rule match?",
    "Explain the logic of the rule below to an analyst.",
    "When does this rule fire, and what else could set it off?",
    "Read the rule and put it into words.",
)
EXPLAIN = ("What does this {engine} rule find?", "A {engine} rule fired. What does a match mean?", "Explain this rule.")
TEST = (
    "How can we test our detection of {id} on {platform}?",
    "Give me a safe test for {technique} ({id}).",
    "We want to validate the rule for {id}. What do we run?",
)
RECOGNISE = (
    "Which ATT&CK technique does this command carry out?",
    "An EDR shows this command. Map it to ATT&CK.",
    "What is this command for, in ATT&CK's terms?",
)
PATTERN = (
    "Explain the attack pattern {label}.",
    "How does {name} work, and what makes it possible?",
    "What is {label}?",
)
CHECK = (
    "This cloud check failed. What is the risk, and how do we fix it?",
    "Explain the finding and give the fix.",
    "An audit reports the following. Advise the team that owns the account.",
)
RULE_TEMPLATES: tuple[QuestionTemplate[SigmaRule], ...] = (
    QuestionTemplate("rule.write", "write a rule", SigmaRule, WRITE, _draft_write),
    QuestionTemplate("rule.read", "detect", SigmaRule, READ, _draft_read),
)
PATTERN_TEMPLATES = (QuestionTemplate("pattern.explain", "detect", DetectionRule, EXPLAIN, _draft_explain),)
TEST_TEMPLATES = (
    QuestionTemplate("atomic.test", "detect", AtomicTest, TEST, _draft_test),
    QuestionTemplate("atomic.recognise", "map", AtomicTest, RECOGNISE, _draft_recognise),
)
CAPEC_TEMPLATES = (QuestionTemplate("capec.dossier", "explain", AttackPattern, PATTERN, _draft_pattern),)
CHECK_TEMPLATES = (QuestionTemplate("check.finding", "judge", CloudCheck, CHECK, _draft_check),)
