"""Exam items that training records hold, planted among real records of the catalogues."""

from __future__ import annotations

from hackmentor.data.refine.exam_overlaps import find_exam_overlaps
from hackmentor.exams.item import LETTERS, ExamItem
from hackmentor.records.record import Record
from tests.data.conftest import Built

# Question, options, the letter of the right one; then the question in other words, and an answer in other words.
QUESTIONS = [
    (
        "Which header tells a browser to load a site over encrypted connections only?",
        "X-Frame-Options; Strict-Transport-Security; Referrer-Policy; ETag",
        "B",
        "Name the response header by which a site has browsers connect to it over encryption alone.",
        "It is Strict-Transport-Security.",
    ),
    (
        "How long may a backup of payroll records be kept under the retention schedule of the Kestrel handbook?",
        "One month; Two years; Seven years; For ever",
        "C",
        "The Kestrel handbook has a retention schedule. For what time does it allow payroll backups to be stored?",
        "Up to seven years.",
    ),
    (
        "What does the canary value on the stack of a function detect when the function returns?",
        "A slow loop; An overwritten return address; A missing header; A full disk",
        "B",
        "Compilers place a canary on a function's stack. What can it detect at return?",
        "That the return address was overwritten.",
    ),
    (
        "Which tool of the Marlin suite lists orphaned service accounts in a directory?",
        "marlin-sweep; marlin-dig; marlin-net; marlin-cast",
        "A",
        "Orphaned service accounts of a directory are to be listed. Which program of the Marlin suite does that?",
        "marlin-sweep does.",
    ),
    (
        "During which step of the Ostrava procedure is a seized telephone put into a Faraday bag?",
        "Intake; Imaging; Transport; Reporting",
        "C",
        "The Ostrava procedure puts seized telephones into Faraday bags. In which of its steps?",
        "While they are transported.",
    ),
    (
        "Why does the Lisbon gateway add jitter to its heartbeat packets?",
        "To save power; To compress logs; To rotate keys; To hinder traffic correlation",
        "D",
        "For what reason are the heartbeat packets of a Lisbon gateway sent with jitter?",
        "So that correlation of traffic is hindered.",
    ),
    (
        "Which port does the Borealis collector use for authenticated telemetry?",
        "4711; 8080; 5044; 9200",
        "A",
        "Authenticated telemetry reaches the Borealis collector on a port. Which one?",
        "Port 4711.",
    ),
    (
        "What is the main weakness of a captcha that is solved by adding two printed digits?",
        "It needs cookies; It has few possible answers; It blocks crawlers; It is in English",
        "B",
        "A captcha asks people to add two digits that are printed. What makes it weak?",
        "There are few possible answers to it.",
    ),
    (
        "Which role may release a quarantined mailbox in the Tamsin console?",
        "Auditor; Reader; Custodian; Guest",
        "C",
        "In the Tamsin console a mailbox is in quarantine. Who is allowed to release it?",
        "A custodian.",
    ),
    (
        "What must be recorded before a forensic image of a virtual machine is taken at the Duero laboratory?",
        "The hash of its snapshot; The name of its owner; Its screen size; Its theme",
        "A",
        "At the Duero laboratory something is recorded ahead of imaging a virtual machine. What?",
        "The snapshot's hash.",
    ),
]


def make_item(number: int, question: str, options: str, key: str) -> ExamItem:
    message = {"role": "user", "content": question}
    return ExamItem(f"q{number}", number, (message,), question, key, tuple(options.split("; ")))  # type: ignore[arg-type]


ITEMS = [make_item(number, *row[:3]) for number, row in enumerate(QUESTIONS)]


def make_record(shape: str, record_id: str, question: str, answer: str) -> Record:
    fields = dict.fromkeys(("upstream_version", "licence", "made_by", "task"), "")
    origin = {"id": record_id, "source": "file:x", "upstream_id": record_id, **fields}
    if shape == "iio":
        return Record(shape="iio", instruction=question, output=answer, **origin)  # type: ignore[arg-type]
    texts = ("How are you?", "Well.", question, answer)
    messages = tuple(
        {"role": role, "content": text} for role, text in zip(("user", "assistant") * 2, texts, strict=True)
    )
    return Record(shape="turn", messages=messages, **origin)  # type: ignore[arg-type]


def test_planted_copies_and_paraphrases_are_found_and_nothing_else(built: Built) -> None:
    shape = built.card.shape
    planted = []
    for number, (question, options, key, reworded, answer) in enumerate(QUESTIONS):
        listed = "\n".join(f"{letter}) {text}" for letter, text in zip(LETTERS, options.split("; "), strict=False))
        planted.append(make_record(shape, f"copy-{number}", f"Answer with a letter.\n{question}\n{listed}", key))
        planted.append(make_record(shape, f"paraphrase-{number}", reworded, answer))
    overlaps = find_exam_overlaps([*built.train, *planted], {"exam": ITEMS})
    found = {(one.record, one.item): one for one in overlaps}
    copies = [found.get((f"copy-{number}", f"q{number}")) for number in range(10)]
    assert all(one is not None and one.method == "copy" for one in copies)
    paraphrases = [found.get((f"paraphrase-{number}", f"q{number}")) for number in range(10)]
    assert sum(one is not None and one.method == "reworded" for one in paraphrases) >= 8
    assert not [one for one in overlaps if not one.record.startswith(("copy", "paraphrase"))]


def test_a_long_text_that_contains_an_item_is_found_by_its_runs_of_words() -> None:
    question, options, *_ = QUESTIONS[1]
    filler = " ".join(f"word{number}" for number in range(400))
    long = make_record("iio", "long", "Read this.", f"{filler} {question} {options.replace(';', '')} {filler}")
    assert [(one.record, one.method) for one in find_exam_overlaps([long], {"exam": ITEMS})] == [("long", "13-grams")]


def test_the_same_question_with_another_answer_is_no_paraphrase() -> None:
    *_, reworded, _ = QUESTIONS[6]
    other = make_record("iio", "other", reworded, "Nobody has documented that, so scan the host and see for yourself.")
    assert find_exam_overlaps([other], {"exam": ITEMS}) == []


def test_no_items_and_no_records() -> None:
    assert find_exam_overlaps([], {"exam": ITEMS}) == []
    assert find_exam_overlaps([make_record("iio", "a", "Why?", "So.")], {}) == []
