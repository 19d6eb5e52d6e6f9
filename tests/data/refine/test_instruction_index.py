import random

from hackmentor.data.refine.instruction_index import InstructionIndex


def rouge_l(left: list[str], right: list[str]) -> float:
    """ROUGE-L as an F measure, from its definition by the table of the longest common subsequence."""
    row = [0] * (len(right) + 1)
    for word in left:
        diagonal = 0
        for place, other in enumerate(right, start=1):
            diagonal, row[place] = row[place], diagonal + 1 if word == other else max(row[place], row[place - 1])
    precision, recall = row[-1] / len(right), row[-1] / len(left)
    return 2 * precision * recall / (precision + recall) if row[-1] else 0.0


def test_similarity_is_rouge_l_over_words() -> None:
    draw = random.Random(3)
    vocabulary = [f"w{number}" for number in range(6)]
    for _ in range(200):
        left, right = (draw.choices(vocabulary, k=draw.randint(1, 12)) for _ in range(2))
        known = InstructionIndex([" ".join(left)], threshold=0.0)
        assert abs(known.compute_max_similarity(" ".join(right)) - rouge_l(left, right)) < 1e-12


def test_what_is_too_similar_is_not_remembered() -> None:
    known = InstructionIndex(["Explain how a buffer overflow works in C"])
    assert not known.add_if_new("Explain how a BUFFER overflow works in Rust!")
    assert known.add_if_new("Explain how a buffer is allocated by a kernel driver")
    assert not known.add_if_new("Explain how a buffer is allocated by a kernel module")
    assert known.compute_max_similarity("Which ports does a web server listen on?") == 0.0
