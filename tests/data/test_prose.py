from hackmentor.data.prose import (
    add_article,
    finish_sentence,
    format_bullets,
    join_items,
    lower_first_letter,
    split_sentences,
    trim_to_sentences,
)


def test_sentences_keep_abbreviations_whole() -> None:
    text = "Use a list, e.g. An allowlist. Then test (in a lab). It works."
    assert split_sentences(text) == ["Use a list, e.g. An allowlist.", "Then test (in a lab).", "It works."]


def test_whole_never_ends_mid_sentence() -> None:
    text = "One two three. Four five six. Seven eight nine."
    assert trim_to_sentences(text, 7) == "One two three. Four five six."
    assert trim_to_sentences("First block.\n\nIt is done as follows:") == "First block."
    assert trim_to_sentences("Only this:") == ""
    assert trim_to_sentences("Keep me. For example:") == "Keep me."


def test_finish_adds_what_is_missing() -> None:
    assert finish_sentence("chain: a leads to b") == "Chain: a leads to b."
    assert finish_sentence("strcpy() is unsafe;") == "strcpy() is unsafe."
    assert finish_sentence('He said "no."') == 'He said "no."'


def test_small_words() -> None:
    assert join_items(["a", "b", "c"]) == "a, b and c"
    assert join_items(["a, b", "c"], "or") == "a, b or c"
    assert lower_first_letter("The product fails") == "the product fails"
    assert lower_first_letter("PHP fails") == "PHP fails"
    assert [add_article("unit"), add_article("input"), add_article("user"), add_article("update")] == [
        "a unit", "an input", "a user", "an update"
    ]  # fmt: skip
    assert format_bullets(["one\n- inner", "two"]) == "- one\n  - inner\n- two"


def test_items_with_an_and_of_their_own_are_kept_apart() -> None:
    assert join_items(["architecture and design", "implementation"]) == "architecture and design, and implementation"
    assert join_items(["Arts and Crafts (T1)", "b", "c"]) == "Arts and Crafts (T1), b, and c"
    assert join_items(["Persistence (stay and wait)", "Impact"]) == "Persistence (stay and wait) and Impact"
