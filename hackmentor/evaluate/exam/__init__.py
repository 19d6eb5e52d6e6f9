"""The exam: multiple choice by log-likelihood, on questions of our own and on any task of lm-evaluation-harness.

exam = build_exam(seed=seed, eval_fraction=eval_fraction)      questions.py   as the data was built; no torch
unknown(exam.questions, train_upstream_ids)                    question.py    those that no training record is about
asked = sample_questions(exam.questions, most, seed)           questions.py   the same for every contestant
result = sit_exam(model, template, asked, ...)                 sit.py         ExamResult, to_json and from_json
"""
