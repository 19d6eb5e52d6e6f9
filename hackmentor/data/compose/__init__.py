"""Templates that turn catalogue entries into records, split by source."""

from collections.abc import Iterator

from hackmentor.data.compose import (
    actor_dialogues,
    actors,
    alert_dialogues,
    alerts,
    atlas_tasks,
    attack_dialogues,
    attack_hunts,
    attack_tasks,
    cwe_code,
    cwe_consulting,
    cwe_dialogues,
    cwe_disputes,
    cwe_judging,
    cwe_tasks,
    d3fend_tasks,
    document_dialogues,
    document_tasks,
    ics_tasks,
    rule_tasks,
    seed_tasks,
    stix_dialogues,
    stix_tasks,
    vulnerability_tasks,
)
from hackmentor.data.compose.template import EntryIndex, TaskKind, TemplateSet
from hackmentor.data.sources.catalogue import Origin
from hackmentor.records.record import Record, Shape

TEMPLATE_SETS: dict[str, TemplateSet] = {
    "cwe": TemplateSet(
        (
            *cwe_code.QUESTION_TEMPLATES,
            *cwe_disputes.QUESTION_TEMPLATES,
            *cwe_judging.QUESTION_TEMPLATES,
            *cwe_tasks.QUESTION_TEMPLATES,
        ),
        (
            *cwe_disputes.DIALOGUE_TEMPLATES,
            *cwe_consulting.DIALOGUE_TEMPLATES,
            *cwe_dialogues.DIALOGUE_TEMPLATES,
        ),
    ),
    "attack": TemplateSet(
        (*attack_hunts.QUESTION_TEMPLATES, *attack_tasks.QUESTION_TEMPLATES, *actors.QUESTION_TEMPLATES),
        (*attack_dialogues.DIALOGUE_TEMPLATES, *actor_dialogues.DIALOGUE_TEMPLATES),
    ),
    "sigma": TemplateSet(alerts.QUESTION_TEMPLATES, alert_dialogues.DIALOGUE_TEMPLATES),
    "atlas": TemplateSet(atlas_tasks.QUESTION_TEMPLATES, atlas_tasks.DIALOGUE_TEMPLATES),
    "d3fend": TemplateSet(d3fend_tasks.QUESTION_TEMPLATES),
    "ics": TemplateSet(ics_tasks.QUESTION_TEMPLATES),
    "seeds": TemplateSet(seed_tasks.QUESTION_TEMPLATES, seed_tasks.DIALOGUE_TEMPLATES),
    "cve": TemplateSet(vulnerability_tasks.QUESTION_TEMPLATES),
    "rules": TemplateSet(rule_tasks.RULE_TEMPLATES),
    "patterns": TemplateSet(rule_tasks.PATTERN_TEMPLATES),
    "atomic": TemplateSet(rule_tasks.TEST_TEMPLATES),
    "capec": TemplateSet(rule_tasks.CAPEC_TEMPLATES),
    "checks": TemplateSet(rule_tasks.CHECK_TEMPLATES),
    "documents": TemplateSet(
        (*document_tasks.QUESTION_TEMPLATES, *stix_tasks.QUESTION_TEMPLATES),
        (*document_dialogues.DIALOGUE_TEMPLATES, *stix_dialogues.DIALOGUE_TEMPLATES),
    ),
}


def compose_records(entry_index: EntryIndex, origin: Origin, shape: Shape, seed: int) -> Iterator[Record]:
    """All records of one shape from the entries of one source."""
    # A user's own sources are told apart by what stands behind the colon: `documents:handbook.md`.
    template_set = TEMPLATE_SETS[origin.name.partition(":")[0]]
    return (
        template_set.make_iio_records(entry_index, origin, seed)
        if shape == "iio"
        else template_set.make_turn_records(entry_index, origin, seed)
    )


def list_task_kinds() -> dict[str, TaskKind]:
    """Every iio task by name, and the kind of work that it trains."""
    return {
        template.name: template.kind
        for template_set in TEMPLATE_SETS.values()
        for template in template_set.question_templates
    }
