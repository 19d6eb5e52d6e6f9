"""reStructuredText documents, parsed by docutils, with nothing included from other files."""

import re
from collections.abc import Iterator

from docutils import nodes
from docutils.core import publish_doctree

from hackmentor.data.clean import clean_code, clean_text
from hackmentor.data.sources.blocks import Block, Parsed, take_title

SETTINGS = {
    "report_level": 5,
    "halt_level": 6,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "doctitle_xform": False,
    "_disable_config": True,
}
# What Sphinx adds (:ref:`text <target>`) is unknown to docutils and comes back as it was written.
ROLE = re.compile(r":[\w.:+-]+:`[~!]?([^`<]*?)\s*(?:<[^`>]*>)?`")
THROUGH = (nodes.block_quote, nodes.Admonition, nodes.topic, nodes.compound, nodes.container, nodes.figure)
UNKNOWN = "reStructuredText that docutils does not know"


def read_restructured(text: str) -> Parsed:
    """The blocks of a document; directives that only other tools know are skipped, by line."""
    tree = publish_doctree(text, settings_overrides=SETTINGS)
    title, rest = take_title(list(_blocks(tree, 1)))
    unknown = [f"line {note.get('line', '?')}" for note in tree.findall(nodes.system_message) if note.get("level") == 3]
    return Parsed(title, rest, {UNKNOWN: unknown} if unknown else {})


def _blocks(parent: nodes.Element, level: int) -> Iterator[Block]:
    for node in parent.children:
        if isinstance(node, nodes.Text | nodes.Invisible):
            continue
        if isinstance(node, nodes.section):
            yield from _blocks(node, level + 1)
        elif isinstance(node, nodes.title) and isinstance(parent, nodes.section):
            yield Block("heading", _inline(node), level=level)
        elif isinstance(node, nodes.system_message | nodes.title) or "contents" in node.get("classes", ()):
            continue
        elif isinstance(node, THROUGH):
            yield from _blocks(node, level)
        else:
            block = _block(node, level)
            if block and (block.text or block.items):
                yield block


def _block(node: nodes.Node, level: int) -> Block | None:
    if isinstance(node, nodes.paragraph):
        return Block("paragraph", _inline(node))
    if isinstance(node, nodes.literal_block):
        language = next((name for name in node["classes"] if name != "code"), "")
        return Block("code", clean_code(node.astext()), language=language)
    if isinstance(node, nodes.bullet_list | nodes.enumerated_list):
        items = tuple(item for child in node.children if (item := _item(child, level)))
        return Block("list", items=items, ordered=isinstance(node, nodes.enumerated_list))
    if isinstance(node, nodes.definition_list):
        return Block("list", items=tuple(_definition(child, level) for child in node.children))
    if isinstance(node, nodes.table):
        rows = [" | ".join(_inline(cell) for cell in row.children) for row in node.findall(nodes.row)]
        return Block("table", "\n".join(rows))
    return None


def _item(node: nodes.Element, level: int) -> str:
    return "\n".join(block.shown for block in _blocks(node, level))


def _definition(node: nodes.Element, level: int) -> str:
    term, *rest = node.children
    said = "\n".join(_item(child, level) for child in rest if isinstance(child, nodes.definition))
    return f"{_inline(term)}: {said}"


def _inline(node: nodes.Node) -> str:
    return clean_text(ROLE.sub(r"`\1`", "".join(_words(node))).replace("\n", " "), markup=False)


def _words(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.literal):
        yield f"`{node.astext()}`"
    elif isinstance(node, nodes.Text):
        yield node.astext()
    elif not isinstance(node, nodes.system_message | nodes.footnote_reference | nodes.citation_reference):
        for child in node.children:
            yield from _words(child)
