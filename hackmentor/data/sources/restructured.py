"""reStructuredText documents, parsed by docutils, with nothing included from other files."""

import re
from collections.abc import Iterator

from docutils import nodes
from docutils.core import publish_doctree

from hackmentor.data.clean import clean_code, clean_text
from hackmentor.data.sources.blocks import Block, ParsedDocument, split_off_title

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
TRANSPARENT_NODES = (nodes.block_quote, nodes.Admonition, nodes.topic, nodes.compound, nodes.container, nodes.figure)
UNKNOWN_DIRECTIVE = "reStructuredText that docutils does not know"


def read_restructured(text: str) -> ParsedDocument:
    """The blocks of a document; directives that only other tools know are skipped, by line."""
    tree = publish_doctree(text, settings_overrides=SETTINGS)
    title, rest = split_off_title(list(_iter_blocks(tree, 1)))
    unknown = [f"line {note.get('line', '?')}" for note in tree.findall(nodes.system_message) if note.get("level") == 3]
    return ParsedDocument(title, rest, {UNKNOWN_DIRECTIVE: unknown} if unknown else {})


def _iter_blocks(parent: nodes.Element, level: int) -> Iterator[Block]:
    for node in parent.children:
        if isinstance(node, nodes.Text | nodes.Invisible):
            continue
        if isinstance(node, nodes.section):
            yield from _iter_blocks(node, level + 1)
        elif isinstance(node, nodes.title) and isinstance(parent, nodes.section):
            yield Block("heading", _render_inline(node), level=level)
        elif isinstance(node, nodes.system_message | nodes.title) or "contents" in node.get("classes", ()):
            continue
        elif isinstance(node, TRANSPARENT_NODES):
            yield from _iter_blocks(node, level)
        else:
            block = _convert_node(node, level)
            if block and (block.text or block.items):
                yield block


def _convert_node(node: nodes.Node, level: int) -> Block | None:
    if isinstance(node, nodes.paragraph):
        return Block("paragraph", _render_inline(node))
    if isinstance(node, nodes.literal_block):
        language = next((name for name in node["classes"] if name != "code"), "")
        return Block("code", clean_code(node.astext()), language=language)
    if isinstance(node, nodes.bullet_list | nodes.enumerated_list):
        items = tuple(item for child in node.children if (item := _render_item(child, level)))
        return Block("list", items=items, ordered=isinstance(node, nodes.enumerated_list))
    if isinstance(node, nodes.definition_list):
        return Block("list", items=tuple(_render_definition(child, level) for child in node.children))
    if isinstance(node, nodes.table):
        rows = [" | ".join(_render_inline(cell) for cell in row.children) for row in node.findall(nodes.row)]
        return Block("table", "\n".join(rows))
    return None


def _render_item(node: nodes.Element, level: int) -> str:
    return "\n".join(block.rendered for block in _iter_blocks(node, level))


def _render_definition(node: nodes.Element, level: int) -> str:
    term, *rest = node.children
    definition = "\n".join(_render_item(child, level) for child in rest if isinstance(child, nodes.definition))
    return f"{_render_inline(term)}: {definition}"


def _render_inline(node: nodes.Node) -> str:
    return clean_text(ROLE.sub(r"`\1`", "".join(_iter_inline_text(node))).replace("\n", " "), markup=False)


def _iter_inline_text(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.literal):
        yield f"`{node.astext()}`"
    elif isinstance(node, nodes.Text):
        yield node.astext()
    elif not isinstance(node, nodes.system_message | nodes.footnote_reference | nodes.citation_reference):
        for child in node.children:
            yield from _iter_inline_text(child)
