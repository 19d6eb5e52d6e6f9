"""The harness's figures against a plain forward pass, with and without an adapter, and for tasks that are none."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import PreTrainedModel

from hackmentor.evaluate.exam.build_exam import sample_questions
from hackmentor.evaluate.exam.exam_question import Exam, ExamQuestion
from hackmentor.evaluate.exam.exam_result import ExamResult
from hackmentor.evaluate.exam.harness_task import build_exam_task
from hackmentor.evaluate.exam.run_exam import run_exam
from hackmentor.evaluate.exam.run_harness import run_harness_tasks
from hackmentor.model.load import load_base
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template
from hackmentor.records.record import Message
from hackmentor.runtime.errors import UserError


@pytest.fixture(scope="module")
def model(tiny_llama: Path) -> PreTrainedModel:
    return load_base(tiny_llama, quant="none", dtype=torch.float32, device=torch.device("cpu"))


@pytest.fixture(scope="module")
def template(tiny_llama: Path) -> ChatTemplate:
    return ChatTemplate(load_tokenizer(tiny_llama), load_template("chatml", None))


@pytest.fixture(scope="module")
def questions(exam: Exam) -> list[ExamQuestion]:
    return sample_questions(exam.questions, 12, 0)


def choose_by_forward_pass(model: PreTrainedModel, template: ChatTemplate, question: ExamQuestion) -> int:
    """The option whose tokens are likeliest, a character, where the assistant speaks."""
    likelihoods = []
    for option in question.options:
        said = [Message(role="user", content=question.question), Message(role="assistant", content=option)]
        encoded = template.encode(said)
        places = [
            place
            for place, (token, trained) in enumerate(zip(encoded.input_ids, encoded.trained, strict=True))
            if trained and token not in template.stop_token_ids
        ]
        with torch.inference_mode():
            logs = model(torch.tensor([encoded.input_ids])).logits[0].log_softmax(-1)
        likelihoods.append(sum(logs[place - 1, encoded.input_ids[place]].item() for place in places) / len(option))
    return max(range(4), key=lambda place: likelihoods[place])


@pytest.mark.parametrize("name", ["chatml", "alpaca", "vicuna"])
def test_the_choice_is_that_of_a_plain_forward_pass(
    model: PreTrainedModel, tiny_llama: Path, name: str, questions: list[ExamQuestion]
) -> None:
    template = ChatTemplate(load_tokenizer(tiny_llama), load_template(name, None))
    (result,) = run_exam(model, template, questions, batch_size=8, seed=0).tasks
    by_id = {answer.id: answer for answer in result.answers}
    assert len(by_id) == len(questions) == result.score.n
    for question in questions:
        answer = by_id[question.id]
        assert answer.chosen == choose_by_forward_pass(model, template, question)
        assert answer.correct == (answer.chosen == question.answer_index)
    assert result.score.accuracy == pytest.approx(sum(answer.correct for answer in result.answers) / 12)
    assert result.chance == 0.25
    assert sum(score.n for score in result.categories.values()) == 12


def test_letters_are_scored_too(model: PreTrainedModel, template: ChatTemplate, questions: list[ExamQuestion]) -> None:
    (result,) = run_exam(model, template, questions, form="letters", batch_size=4, seed=0).tasks
    assert result.metric == "acc"
    assert {
        answer.correct == (answer.chosen == q.answer_index) for answer, q in zip(result.answers, questions, strict=True)
    } == {True}


def test_batches_of_any_size_and_a_second_run_give_the_same(
    model: PreTrainedModel, template: ChatTemplate, questions: list[ExamQuestion]
) -> None:
    alone = run_exam(model, template, questions, batch_size=1, seed=0)
    assert alone == run_exam(model, template, questions, batch_size=16, seed=0)
    assert ExamResult.from_json(alone.to_json()) == alone


def test_an_adapter_counts_and_leaves_the_base_as_it_was(
    model: PreTrainedModel, template: ChatTemplate, questions: list[ExamQuestion]
) -> None:
    before = run_exam(model, template, questions, batch_size=8, seed=0)
    tuned = get_peft_model(
        copy.deepcopy(model), LoraConfig(target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    )
    torch.manual_seed(0)
    for name, weight in tuned.named_parameters():
        if "lora_" in name:
            weight.data.normal_(std=2.0)
    with_adapter = run_exam(tuned, template, questions, batch_size=8, seed=0)
    assert [a.chosen for a in with_adapter.tasks[0].answers] != [a.chosen for a in before.tasks[0].answers]
    assert run_exam(model, template, questions, batch_size=8, seed=0) == before


def test_nothing_is_printed_outside_a_checkout_too(
    model: PreTrainedModel,
    template: ChatTemplate,
    questions: list[ExamQuestion],
    capfd: pytest.CaptureFixture[str],
    workplace: Path,
) -> None:
    # Where git would say on its own that there is no repository.
    assert not any((folder / ".git").exists() for folder in (workplace, *workplace.parents))
    run_harness_tasks(model, template, [build_exam_task(questions, "cloze")], limit=2, batch_size=4, seed=0)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_a_task_that_does_not_exist_is_named(model: PreTrainedModel, template: ChatTemplate) -> None:
    with pytest.raises(UserError, match="no task 'mmlu_computer_securty'"):
        run_exam(model, template, [], batch_size=4, extra_tasks=["mmlu_computer_securty"], seed=0)


def test_a_task_whose_data_cannot_be_had_says_so(model: PreTrainedModel, template: ChatTemplate) -> None:
    with pytest.raises(UserError, match="can't get the data of the exam tasks mmlu_computer_security"):
        run_exam(model, template, [], batch_size=4, extra_tasks=["mmlu_computer_security"], seed=0)
