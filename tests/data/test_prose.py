from hackmentor.data.prose import article, bullets, finish, listed, lower_first, sentences, whole


def test_sentences_keep_abbreviations_whole() -> None:
    text = "Use a list, e.g. An allowlist. Then test (in a lab). It works."
    assert sentences(text) == ["Use a list, e.g. An allowlist.", "Then test (in a lab).", "It works."]


def test_whole_never_ends_mid_sentence() -> None:
    text = "One two three. Four five six. Seven eight nine."
    assert whole(text, 7) == "One two three. Four five six."
    assert whole("First block.\n\nIt is done as follows:") == "First block."
    assert whole("Only this:") == ""
    assert whole("Keep me. For example:") == "Keep me."


def test_finish_adds_what_is_missing() -> None:
    assert finish("chain: a leads to b") == "Chain: a leads to b."
    assert finish("strcpy() is unsafe;") == "strcpy() is unsafe."
    assert finish('He said "no."') == 'He said "no."'


def test_small_words() -> None:
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a, b", "c"], "or") == "a, b or c"
    assert lower_first("The product fails") == "the product fails"
    assert lower_first("PHP fails") == "PHP fails"
    assert [article("unit"), article("input"), article("user"), article("update")] == [
        "a unit", "an input", "a user", "an update"
    ]  # fmt: skip
    assert bullets(["one\n- inner", "two"]) == "- one\n  - inner\n- two"
