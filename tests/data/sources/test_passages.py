from hackmentor.data.sources.blocks import Block
from hackmentor.data.sources.passages import MAX_WORDS, MIN_WORDS, split_into_passages

WORDS = "One two three four five six seven eight nine ten. "


def paragraph(words: int, last: str = "") -> Block:
    return Block("paragraph", (WORDS * (words // 10)).strip() + last)


def heading(text: str, level: int = 1) -> Block:
    return Block("heading", text, level=level)


def test_a_long_section_is_parted_between_blocks() -> None:
    blocks = [heading("Long"), *[paragraph(90) for _ in range(8)]]
    passages, left_out = split_into_passages("a.md", "A", blocks)
    assert [passage.upstream_id for passage in passages] == [f"a.md#long-part-{n}" for n in range(1, 5)]
    assert all(60 <= len(passage.text.split()) <= MAX_WORDS for passage in passages)
    assert sum(len(passage.blocks) for passage in passages) == 8
    assert not passages[0].is_whole
    assert left_out == {}


def test_a_paragraph_that_is_too_long_is_parted_between_sentences() -> None:
    passages, _ = split_into_passages("a.md", "A", [heading("Long"), paragraph(900)])
    assert len(passages) > 2
    assert all(passage.text.endswith("ten.") for passage in passages)
    assert sum(len(passage.text.split()) for passage in passages) == 900


def test_an_announcement_stays_with_what_it_announces() -> None:
    items = Block("list", items=("a b c", "d e f"))
    blocks = [heading("Long"), paragraph(190), paragraph(10, " Do this:"), items, paragraph(190)]
    passages, _ = split_into_passages("a.md", "A", blocks)
    assert [passage for passage in passages if passage.blocks[-1].is_lead_in] == []
    (with_list,) = [passage for passage in passages if items in passage.blocks]
    assert with_list.blocks[with_list.blocks.index(items) - 1].is_lead_in


def test_an_announcement_of_nothing_goes() -> None:
    passages, _ = split_into_passages(
        "a.md", "A", [heading("H"), paragraph(40), Block("paragraph", "See this picture:")]
    )
    assert passages[0].text == paragraph(40).text


def test_short_passages_and_tables_of_contents_are_counted() -> None:
    blocks = [heading("Contents"), paragraph(40), heading("Short"), paragraph(10), heading("Fine"), paragraph(40)]
    passages, left_out = split_into_passages("a.md", "A", blocks)
    assert [passage.name for passage in passages] == ["Fine"]
    assert left_out == {
        "table of contents, index or list of references": ["a.md#contents"],
        f"passage of fewer than {MIN_WORDS} words": ["a.md#short"],
    }


def test_a_name_has_as_much_of_the_path_as_it_needs() -> None:
    blocks = [
        heading("Login"), heading("Limits", 2), paragraph(40), heading("Retries", 2), paragraph(40),
        heading("Upload"), heading("Limits", 2), paragraph(40), heading("Overview", 2), paragraph(40),
        heading("Same"), paragraph(40), heading("Same"), paragraph(40), heading('So "called"'), paragraph(40),
    ]  # fmt: skip
    passages, _ = split_into_passages("a.md", "A", blocks)
    assert [passage.name for passage in passages] == [
        "Login: Limits", "Retries", "Upload: Limits", "Upload: Overview", "", "", "So 'called'"
    ]  # fmt: skip
    assert [passage.upstream_id for passage in passages][4:6] == ["a.md#same", "a.md#same-2"]
    assert len({passage.upstream_id for passage in passages}) == len(passages)
    assert [passage.is_whole for passage in passages] == [True] * 4 + [False] * 2 + [True]
