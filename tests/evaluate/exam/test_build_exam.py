"""Questions whose right answer is right, whose wrong ones are wrong, and which training can't have answered."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from scipy.stats import chisquare

from hackmentor.data.build import build_dataset
from hackmentor.data.compose.attack_phrases import format_full_name
from hackmentor.data.recipe import DatasetRecipe
from hackmentor.data.sources import load_source
from hackmentor.data.sources.attack import Technique
from hackmentor.data.sources.attack_actors import Actor
from hackmentor.data.sources.cwe_weakness import Weakness
from hackmentor.evaluate.exam.build_exam import build_exam, sample_questions
from hackmentor.evaluate.exam.exam_question import Exam, ExamQuestion, exclude_trained
from hackmentor.evaluate.exam.weakness_questions import mask_terms, read_weaknesses_by_cve
from hackmentor.records.record import read_records

WEAKNESSES = {e.upstream_id: e for e in load_source("cwe").entries if isinstance(e, Weakness)}
TECHNIQUES = {e.upstream_id: e for e in load_source("attack").entries if isinstance(e, Technique)}
ACTORS = {e.upstream_id: e for e in load_source("attack").entries if isinstance(e, Actor)}


def select_category(exam: Exam, category: str) -> list[ExamQuestion]:
    found = [question for question in exam.questions if question.category == category]
    assert found
    return found


def get_right_option(question: ExamQuestion) -> str:
    return question.options[question.answer_index]


def get_wrong_options(question: ExamQuestion) -> list[str]:
    return [option for place, option in enumerate(question.options) if place != question.answer_index]


def test_there_are_enough_and_each_is_whole(exam: Exam) -> None:
    assert len(exam.questions) >= 500
    assert len({question.id for question in exam.questions}) == len(exam.questions)
    for question in exam.questions:
        assert len(set(question.options)) == 4
        assert get_right_option(question).lower() not in question.question.lower()
        assert all(option.strip() == option and option for option in question.options)


def test_the_same_seed_gives_the_same_exam_and_another_seed_another(exam: Exam) -> None:
    assert build_exam(seed=0, eval_fraction=0.1) == exam
    other = {question.id for question in build_exam(seed=1, eval_fraction=0.1).questions}
    assert len(other & {question.id for question in exam.questions}) < len(other) / 4


@pytest.mark.parametrize("shape", ["iio", "turn"])
def test_no_entry_of_a_question_trains(exam: Exam, shape: str, tmp_path: Path) -> None:
    recipe = DatasetRecipe(
        name=shape,
        shape=shape,  # type: ignore[arg-type]
        sources=["cwe", "attack", "sigma", "seeds"],
        seed=0,
        eval_fraction=0.1,
        max_train=4000,
        max_eval=50,
    )
    build_dataset(recipe, tmp_path)
    trained = {record.upstream_id for record in read_records(tmp_path / "train.jsonl")}
    # Dialogues are made of fewer entries than questions with an answer.
    assert len(trained) > {"iio": 1000, "turn": 500}[shape]
    assert exclude_trained(exam.questions, trained) == list(exam.questions)
    other = build_exam(seed=1, eval_fraction=0.1)
    kept = exclude_trained(other.questions, trained)
    assert len(kept) < len(other.questions)
    assert all(trained.isdisjoint(question.upstream_ids) for question in kept)


def test_impacts_are_those_of_the_weakness_alone(exam: Exam) -> None:
    for question in select_category(exam, "weakness: impact"):
        weakness = WEAKNESSES[question.upstream_ids[0]]
        listed = {impact for item in weakness.consequences for impact in item.impacts}
        assert listed.intersection(question.options) == {get_right_option(question)}


def test_mitigations_are_advice_for_that_weakness_and_for_no_relative(exam: Exam) -> None:
    for question in select_category(exam, "weakness: mitigation"):
        weakness = WEAKNESSES[question.upstream_ids[0]]
        relatives = [weakness, *(WEAKNESSES[ref.id] for ref in (*weakness.parents, *weakness.children))]
        texts = "\n".join(item.text for other in relatives for item in other.mitigations)
        assert get_right_option(question)[:-1] in "\n".join(item.text for item in weakness.mitigations)
        assert not any(option[:-1] in texts for option in get_wrong_options(question))


def test_weaknesses_as_options_are_neither_the_one_nor_its_relatives(exam: Exam) -> None:
    names = {weakness.name: weakness for weakness in WEAKNESSES.values()}
    for category in ("weakness: observed", "weakness: described"):
        for question in select_category(exam, category):
            weakness = WEAKNESSES[question.upstream_ids[0]]
            assert get_right_option(question) == weakness.name
            relatives = {ref.id for ref in (*weakness.parents, *weakness.children, *weakness.leads_to)}
            cve = question.id.rpartition("/")[2]
            relatives |= read_weaknesses_by_cve().get(cve, frozenset())
            assert not relatives & {names[option].upstream_id for option in get_wrong_options(question)}
    for question in select_category(exam, "weakness: parent"):
        parents = {ref.name for ref in WEAKNESSES[question.upstream_ids[0]].parents}
        assert parents.intersection(question.options) == {get_right_option(question)}


def test_techniques_tactics_and_mitigations_follow_the_relations(exam: Exam) -> None:
    for question in select_category(exam, "technique: tactic"):
        assert set(TECHNIQUES[question.upstream_ids[0]].tactics).intersection(question.options) == {
            get_right_option(question)
        }
    for question in select_category(exam, "technique: mitigation"):
        names = {item.name for item in TECHNIQUES[question.upstream_ids[0]].mitigations}
        assert names.intersection(question.options) == {get_right_option(question)}
    for question in select_category(exam, "actor: technique"):
        used = {ref.id for ref in ACTORS[question.upstream_ids[0]].techniques}
        families = used | {key.partition(".")[0] for key in used}
        right_id = question.upstream_ids[1]
        domain = TECHNIQUES[right_id].domain
        # Some techniques of mobile devices have the name of another one.
        ids = {format_full_name(item): key for key, item in TECHNIQUES.items() if item.domain == domain}
        assert families.intersection(ids[option] for option in question.options) == {right_id}


def test_places_of_right_answers_are_uniform(exam: Exam) -> None:
    places = Counter(question.answer_index for question in exam.questions)
    # One exam is one draw, and which questions there are follows from the data: a habit shows far below this.
    assert chisquare([places[place] for place in range(4)]).pvalue > 0.001


def test_length_gives_nothing_away(exam: Exam) -> None:
    def share(pick: type[max] | type[min]) -> float:  # type: ignore[valid-type]
        hits = [pick(question.options, key=len) == get_right_option(question) for question in exam.questions]  # type: ignore[operator]
        return sum(hits) / len(hits)

    assert 0.15 < share(max) < 0.32
    assert 0.15 < share(min) < 0.32


def test_options_alone_give_little_away(exam: Exam) -> None:
    """Someone who knows how often each option is right and wrong in all other questions of the category."""
    seen = Counter((q.category, option) for q in exam.questions for option in q.options)
    good = Counter((q.category, get_right_option(q)) for q in exam.questions)
    hits = 0.0
    for question in exam.questions:
        chances = []
        for option in question.options:
            key, own = (question.category, option), option == get_right_option(question)
            chances.append((good[key] - own + 0.25) / seen[key])
        best = [place for place, chance in enumerate(chances) if chance == max(chances)]
        hits += (question.answer_index in best) / len(best)
    assert hits / len(exam.questions) < 0.3


def test_a_sample_is_even_over_categories_and_grows_from_the_smaller_one(exam: Exam) -> None:
    small, large = sample_questions(exam.questions, 60, 0), sample_questions(exam.questions, 120, 0)
    assert len(small) == 60
    assert len(large) == 120
    assert {question.id for question in small} < {question.id for question in large}
    counts = Counter(question.category for question in small)
    assert len(counts) == len({question.category for question in exam.questions})
    assert max(counts.values()) - min(counts.values()) <= 1


def test_names_are_blanked_as_whole_words() -> None:
    assert mask_terms("Net is a tool; .NET and the Internet are not net.", ["Net"]) == (
        "____ is a tool; .____ and the Internet are not ____."
    )
