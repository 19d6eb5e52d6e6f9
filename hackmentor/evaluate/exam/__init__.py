"""The exam: multiple choice by log-likelihood, on questions of our own and on any task of lm-evaluation-harness.

exam = build_exam(seed=seed, eval_fraction=eval_fraction)        build_exam.py     split as the data was; no torch
exclude_trained(exam.questions, train_upstream_ids)              exam_question.py  none that a training record is about
sampled = sample_questions(exam.questions, max_questions, seed)  build_exam.py     the same for every contestant
result = run_exam(model, template, sampled, ...)                 run_exam.py       ExamResult, to_json and from_json
"""
