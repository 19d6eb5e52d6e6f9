"""Alerts: facts that fit together, and answers that begin with the yes or no that their question asks for."""

import pytest

from hackmentor.data.compose import alert_dialogue_wordings as said
from hackmentor.data.compose import alert_dialogues, alert_facts
from hackmentor.data.compose.alert_facts import POOLS, Investigation, investigate
from hackmentor.data.compose.template import Dialogue, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.sources import load_source
from hackmentor.data.sources.sigma import Alert

Case = tuple[Alert, Investigation, Dialogue]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    (template,) = alert_dialogues.DIALOGUE_TEMPLATES
    alerts = [entry for entry in load_source("sigma").entries if isinstance(entry, Alert)]
    index = EntryIndex(alerts)
    found: list[Case] = []
    for alert in alerts:
        chooser = HashChooser(4, alert.upstream_id, template.name)
        dialogues = list(template.make(alert, chooser, index))
        known = investigate(alert, chooser)
        found += [(alert, known, dialogue) for dialogue in dialogues if known]
    return found


def test_only_one_fact_explains_an_alert(cases: list[Case]) -> None:
    assert len(cases) > 80
    for (is_service, verdict), pool in POOLS.items():
        causes = [fact for fact in pool if fact.is_cause]
        assert bool(causes) == (verdict == "benign"), (is_service, verdict)
        chosen = [alert_facts._choose_facts(pool, 3, HashChooser(0, str(number), "x"), "") for number in range(60)]
        assert all(sum(fact.is_cause for fact in facts) == min(len(causes), 1) for facts in chosen)
        assert all(len(set(facts)) == 3 for facts in chosen)


def test_every_fact_has_several_wordings_and_fills_its_slots() -> None:
    for pool in POOLS.values():
        assert len(pool) >= 7
        for fact in pool:
            assert len(fact.readings) >= 3
            assert len(fact.steps) >= 3
            assert not [text for text in (*fact.readings, *fact.steps) if text.endswith(".")]


def test_a_workstation_or_server_is_no_domain_controller() -> None:
    # A local account on a domain controller does not exist.
    assert "DC" not in {prefix for prefixes in alert_facts.HOSTS.values() for prefix in prefixes}


def test_an_answer_begins_with_the_yes_or_no_that_fits(cases: list[Case]) -> None:
    seen: set[tuple[bool, bool]] = set()
    for alert, found, dialogue in cases:
        for question, answer in dialogue.turns:
            for asked, yes_means_wait in said.CAN_IT_WAIT:
                if question != asked:
                    continue
                waits = found.verdict == "benign"
                assert answer.startswith(said.YES if waits == yes_means_wait else said.NO), (
                    alert.upstream_id,
                    question,
                )
                seen.add((waits, yes_means_wait))
            if question in said.EXCEPT:
                assert answer.startswith(("Yes", "No")), answer
    assert len(seen) == 4


def test_the_assistant_explains_what_the_rule_sees(cases: list[Case]) -> None:
    for alert, _, dialogue in cases:
        first = dialogue.turns[0][1]
        assert not first.startswith(("Monitor and alert", "Adversar", "Attackers")), alert.upstream_id
