"""Markdown documents, parsed by markdown-it-py: headings, paragraphs, lists, code and tables as blocks."""

import re
from collections.abc import Iterator

import yaml
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from hackmentor.data.clean import clean_code, clean_text
from hackmentor.data.sources.blocks import Block, ParsedDocument, split_off_title
from hackmentor.runtime.bounded_yaml import load_yaml

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*\n", re.DOTALL)
PARSER = MarkdownIt("commonmark").enable("table")
CODE_NODES = ("fence", "code_block")
LIST_NODES = ("bullet_list", "ordered_list")
HTML_SKIPPED = "HTML block in Markdown"


def read_markdown(text: str) -> ParsedDocument:
    """The blocks of a document; HTML blocks hold markup for a page and are skipped, by line."""
    front = FRONT_MATTER.match(text)
    if front:
        # Blank lines in its place keep the line numbers right.
        text = "\n" * front.group().count("\n") + text[front.end() :]
    tree = SyntaxTreeNode(PARSER.parse(text))
    lines = text.split("\n")
    named, rest = split_off_title(list(_iter_blocks(tree, lines)))
    html = [f"line {node.map[0] + 1}" for node in tree.walk() if node.type == "html_block" and node.map]
    return ParsedDocument(
        (_parse_title(front.group(1)) if front else "") or named, rest, {HTML_SKIPPED: html} if html else {}
    )


def _parse_title(front_matter: str) -> str:
    try:
        fields = load_yaml(front_matter)
    except (yaml.YAMLError, ValueError):
        return ""
    title = fields.get("title") if isinstance(fields, dict) else None
    return clean_text(title, markup=False) if isinstance(title, str) else ""


def _iter_blocks(node: SyntaxTreeNode, lines: list[str]) -> Iterator[Block]:
    for child in node.children:
        block = _convert_node(child, lines)
        if block:
            if block.text or block.items:
                yield block
        elif child.type == "blockquote":
            yield from _iter_blocks(child, lines)


def _convert_node(node: SyntaxTreeNode, lines: list[str]) -> Block | None:
    if node.type == "heading":
        return Block("heading", _render_inline(node).replace("\n", " "), level=int(node.tag[1:]))
    if node.type == "paragraph":
        return Block("paragraph", _render_inline(node))
    if node.type in LIST_NODES:
        items = tuple(item for child in node.children if (item := _render_item(child, lines)))
        return Block("list", items=items, ordered=node.type == "ordered_list")
    if node.type in CODE_NODES:
        return Block("code", clean_code(node.content), language=node.info.split(" ")[0] if node.info else "")
    if node.type == "table" and node.map:
        return Block("table", "\n".join(line.strip() for line in lines[node.map[0] : node.map[1]]).strip())
    return None


def _render_item(node: SyntaxTreeNode, lines: list[str]) -> str:
    return "\n".join(block.rendered for block in _iter_blocks(node, lines))


def _render_inline(node: SyntaxTreeNode) -> str:
    return clean_text("".join(_iter_inline_text(node)), markup=False)


def _iter_inline_text(node: SyntaxTreeNode) -> Iterator[str]:
    for child in node.children:
        if child.type == "softbreak":
            yield " "
        elif child.type == "hardbreak":
            yield "\n"
        elif child.type == "code_inline":
            yield f"`{child.content}`"
        elif child.type == "text":
            yield child.content
        elif child.type not in ("image", "html_inline"):
            yield from _iter_inline_text(child)
