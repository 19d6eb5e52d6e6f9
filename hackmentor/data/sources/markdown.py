"""Markdown documents, parsed by markdown-it-py: headings, paragraphs, lists, code and tables as blocks."""

import re
from collections.abc import Iterator

import yaml
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from hackmentor.data.clean import clean_code, clean_text
from hackmentor.data.sources.blocks import Block, Parsed, take_title

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*\n", re.DOTALL)
PARSER = MarkdownIt("commonmark").enable("table")
CODE = ("fence", "code_block")
LISTS = ("bullet_list", "ordered_list")
HTML = "HTML block in Markdown"


def read_markdown(text: str) -> Parsed:
    """The blocks of a document; HTML blocks hold markup for a page and are skipped, by line."""
    front = FRONT_MATTER.match(text)
    if front:
        # Blank lines in its place keep the line numbers right.
        text = "\n" * front.group().count("\n") + text[front.end() :]
    tree = SyntaxTreeNode(PARSER.parse(text))
    lines = text.split("\n")
    named, rest = take_title(list(_blocks(tree, lines)))
    html = [f"line {node.map[0] + 1}" for node in tree.walk() if node.type == "html_block" and node.map]
    return Parsed((_title(front.group(1)) if front else "") or named, rest, {HTML: html} if html else {})


def _title(front: str) -> str:
    try:
        fields = yaml.safe_load(front)
    except yaml.YAMLError:
        return ""
    title = fields.get("title") if isinstance(fields, dict) else None
    return clean_text(title, markup=False) if isinstance(title, str) else ""


def _blocks(node: SyntaxTreeNode, lines: list[str]) -> Iterator[Block]:
    for child in node.children:
        block = _block(child, lines)
        if block:
            if block.text or block.items:
                yield block
        elif child.type == "blockquote":
            yield from _blocks(child, lines)


def _block(node: SyntaxTreeNode, lines: list[str]) -> Block | None:
    if node.type == "heading":
        return Block("heading", _inline(node).replace("\n", " "), level=int(node.tag[1:]))
    if node.type == "paragraph":
        return Block("paragraph", _inline(node))
    if node.type in LISTS:
        items = tuple(item for child in node.children if (item := _item(child, lines)))
        return Block("list", items=items, ordered=node.type == "ordered_list")
    if node.type in CODE:
        return Block("code", clean_code(node.content), language=node.info.split(" ")[0] if node.info else "")
    if node.type == "table" and node.map:
        return Block("table", "\n".join(line.strip() for line in lines[node.map[0] : node.map[1]]).strip())
    return None


def _item(node: SyntaxTreeNode, lines: list[str]) -> str:
    return "\n".join(block.shown for block in _blocks(node, lines))


def _inline(node: SyntaxTreeNode) -> str:
    return clean_text("".join(_words(node)), markup=False)


def _words(node: SyntaxTreeNode) -> Iterator[str]:
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
            yield from _words(child)
