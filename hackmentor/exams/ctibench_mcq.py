"""CTI-MCQ of CTIBench (Alam et al. 2024): what ATT&CK, CWE, CAPEC and regulations say, in four options."""

from __future__ import annotations

from hackmentor.exams.choice_task import TableChoiceTask

AUTHORS_SYSTEM_PROMPT = "You are a cybersecurity expert specializing in cyberthreat intelligence."


class CtibenchMcq(TableChoiceTask):
    """The last line of an answer is to be the letter."""

    name = "ctibench-mcq"
    title = "CTI-MCQ"
    files = ("data/cti-mcq.tsv", "cti-mcq.tsv")
    system_prompt = AUTHORS_SYSTEM_PROMPT
    key_column = "GT"
