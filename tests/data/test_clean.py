import pytest

from hackmentor.data.clean import clean_code, clean_text


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("Files are hidden.(Citation: Blog (May) 2018)(Citation: B) More.", "Files are hidden. More."),
        ("Used by [APT29](https://attack.mitre.org/groups/G0016).", "Used by APT29."),
        ("See [Foo](https://a.b/c_(d)) now .", "See Foo now."),
        ("Run <code>whoami /all</code> first", "Run `whoami /all` first"),
        ("a &lt;b&gt; &amp;amp; c<br>next", "a <b> & c\nnext"),
        ("Two  spaces ; and a point .", "Two spaces; and a point."),
        ("Remove /.../ and a leading .ssh entry", "Remove /.../ and a leading .ssh entry"),
        ("**Bold** and\n* item", "Bold and\n- item"),
        ("A fact [REF-12] here.", "A fact here."),
        ("It has pitfalls, for example, see [REF-1].", "It has pitfalls."),
        ("Use two processes. For examples, see [REF-1] and [REF-2]. More.", "Use two processes. More."),
    ],
)
def test_prose(raw: str, plain: str) -> None:
    assert clean_text(raw) == plain


def test_fenced_code_keeps_its_indentation() -> None:
    raw = "Look  here :\n```\nif x:\n    y  =  1\n```\nDone  ."
    assert clean_text(raw) == "Look here:\n\n```\nif x:\n    y  =  1\n```\n\nDone."


def test_code_loses_only_its_common_margin() -> None:
    assert clean_code("\n    if a:\n        b  = 1   \n\n\n\n    c\n") == "if a:\n    b  = 1\n\nc"


def test_what_a_parser_returns_keeps_its_angle_brackets() -> None:
    raw = 'An <a> tag with "jav&#X41sc&#0010;ript:" .'
    assert clean_text(raw, markup=False) == 'An <a> tag with "jav&#X41sc&#0010;ript:".'
