"""Many answers at a time are the answers that are given one by one; a killed run goes on where it was."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from hackmentor.evaluate.answer_log import ANSWERS_FILE, AnswerLog
from hackmentor.evaluate.generate import batch_by_length, decode_answer, generate_answers
from hackmentor.evaluate.question import Question, questions_from_records, read_user_questions
from hackmentor.model.load import load_base
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template
from hackmentor.records.record import read_records


@pytest.fixture(scope="module")
def template(tiny_llama: Path) -> ChatTemplate:
    return ChatTemplate(load_tokenizer(tiny_llama), load_template("chatml", None))


@pytest.fixture(scope="module")
def questions(small_data: Path) -> list[Question]:
    return [
        question
        for shape in ("iio", "turn")
        for question in questions_from_records(read_records(small_data / shape / "eval.jsonl"), shape, 12)
    ]


def generate(
    tiny_llama: Path, template: ChatTemplate, questions: list[Question], folder: Path, batch_tokens: int = 10**6
) -> AnswerLog:
    model = load_base(tiny_llama, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    answer_log = AnswerLog(folder, "tiny", "identity")
    generate_answers(
        model,
        lambda _: template,
        questions,
        answer_log,
        batch_tokens=batch_tokens,
        on_progress=lambda _: None,
    )
    return answer_log


def test_a_batch_gives_the_same_answers_as_one_by_one(
    tiny_llama: Path, template: ChatTemplate, questions: list[Question], tmp_path: Path
) -> None:
    alone = generate(tiny_llama, template, questions, tmp_path / "one", batch_tokens=1).rewrite(questions)
    together = generate(tiny_llama, template, questions, tmp_path / "all").rewrite(questions)
    assert together == alone
    assert len(alone) == len(questions) > 8
    assert len({answer.text for answer in alone}) > 4


def test_batches_hold_one_kind_within_the_limit(template: ChatTemplate, questions: list[Question]) -> None:
    prompted = [(question, template.encode_prompt(question.messages)) for question in questions]
    found = list(batch_by_length(prompted, 1200))
    assert len(found) > 2
    assert sorted(item[0].id for batch in found for item in batch) == sorted(question.id for question in questions)
    for batch in found:
        longest = max(len(prompt) for _, prompt in batch)
        assert len(batch) == 1 or len(batch) * (longest + 12) <= 1200
        assert len({question.shape for question, _ in batch}) == 1


def test_what_is_answered_is_not_asked_again(
    tiny_llama: Path, template: ChatTemplate, questions: list[Question], tmp_path: Path
) -> None:
    first = generate(tiny_llama, template, questions[:3], tmp_path).rewrite(questions)
    path = tmp_path / ANSWERS_FILE
    marked = path.read_text().replace(f'"text": {_json(first[0].text)}', '"text": "kept"')
    # A kill cuts the last line short.
    path.write_text(marked[:-30])
    answers = generate(tiny_llama, template, questions, tmp_path).rewrite(questions)
    assert answers[0].text == "kept"
    assert answers[2] == first[2]
    assert len(answers) == len(questions)


def _json(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


def test_another_contestant_or_question_is_asked_anew(questions: list[Question], tmp_path: Path) -> None:
    answer_log = AnswerLog(tmp_path, "tiny", "identity")
    answer_log.add(questions[0], "yes", prompt_tokens=1, tokens=1, stop="end")
    assert AnswerLog(tmp_path, "tiny", "identity").get(questions[0]) is not None
    assert AnswerLog(tmp_path, "tiny", "another").get(questions[0]) is None
    assert answer_log.get(questions[1]) is None


def test_the_last_question_of_a_dialogue_is_asked_with_all_before_it(small_data: Path) -> None:
    record = read_records(small_data / "turn" / "eval.jsonl")[0]
    (question,) = questions_from_records([record], "turn", 9)
    assert [*question.messages, {"role": "assistant", "content": question.reference}] == list(record.messages)
    assert len(question.messages) > 2


def test_own_files_of_any_shape_are_questions(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('[{"instruction": "Why?", "input": "", "output": "So."}]')
    (question,) = read_user_questions([str(path)], 9)
    assert (question.set, question.last_user_message, question.reference) == ("mine", "Why?", "So.")


@pytest.mark.parametrize("special", [False, True], ids=["text", "special"])
@pytest.mark.parametrize(
    ("tags", "prompt_end"),
    [(("<think>", "</think>"), ""), (("[THINK]", "[/THINK]"), ""), (("<think>", "</think>"), "<think>\n")],
    ids=["think", "mistral", "in the prompt"],
)
def test_thoughts_of_a_model_are_no_part_of_its_answer(
    tiny_llama: Path, tmp_path: Path, questions: list[Question], special: bool, tags: tuple[str, str], prompt_end: str
) -> None:
    tokenizer = load_tokenizer(tiny_llama)
    if special:
        tokenizer.add_special_tokens({"additional_special_tokens": list(tags)})
    else:
        tokenizer.add_tokens(list(tags))
    source = load_template("chatml", None) + prompt_end
    template = ChatTemplate(tokenizer, source)
    prompt = template.encode_prompt(questions[0].messages)
    opening = "" if prompt_end else f"{tags[0]}\n"
    said = {
        f"{opening}A says so. Sure, I can.\n{tags[1]}\n\nNo.": ("No.", "A says so. Sure, I can."),
        f"{opening}It was cut": ("", "It was cut"),
    }
    for text, expected in said.items():
        answer_log = AnswerLog(tmp_path / str(len(text)), "tiny", "identity")
        ids = tokenizer.encode(f"{text}<|im_end|>", add_special_tokens=False)
        decoded = decode_answer(template, prompt, ids)
        answer_log.add(questions[0], decoded, prompt_tokens=1, tokens=len(ids), stop="end")
        answer = answer_log.get(questions[0])
        assert answer is not None
        assert (answer.text, answer.thoughts) == expected
