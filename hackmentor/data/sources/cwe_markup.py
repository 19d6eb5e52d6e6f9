"""CWE's XHTML fragments as plain text: prose with its lists, code with its indentation."""

import re
from xml.etree.ElementTree import Element

from hackmentor.data.clean import clean_code, clean_text

INDENT = "    "
PARAGRAPHS = {"p", "div", "ul", "ol"}


def get_local_tag(element: Element) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2]


def extract_prose(element: Element | None) -> str:
    """Paragraphs and lists as clean text; empty if there is none, or if it rests on a table or a picture."""
    if element is None or any(get_local_tag(child) in ("table", "img") for child in element.iter()):
        return ""
    blocks = re.split(r"\n\s*\n", _render_prose(element, depth=0))
    # Line ends inside a block of the XML are layout; only list lines are lines of text.
    return clean_text("\n\n".join(_join_layout_lines(block) for block in blocks), markup=False)


def _join_layout_lines(block: str) -> str:
    lines: list[str] = []
    for line in block.split("\n"):
        text = " ".join(line.split())
        if not text:
            continue
        if re.match(r"(?:- |\d+\. )", text) or not lines:
            lines.append(text)
        else:
            lines[-1] = f"{lines[-1]} {text}"
    return "\n".join(lines)


def _render_prose(element: Element, depth: int) -> str:
    parts = [element.text or ""]
    items = 0
    for child in element:
        tag = get_local_tag(child)
        if tag == "li":
            items += 1
            marker = f"{items}. " if get_local_tag(element) == "ol" else "- "
            parts.append(f"\n{marker}{_flatten_item(child)}")
        elif tag == "br":
            parts.append("\n\n")
        elif tag in PARAGRAPHS:
            parts.append(f"\n\n{_render_prose(child, depth + 1)}\n\n")
        else:
            parts.append(_render_prose(child, depth + 1))
        parts.append(child.tail if child.tail and child.tail.strip() else (" " if child.tail else ""))
    return "".join(parts)


def _flatten_item(item: Element) -> str:
    items = [part for part in item.iter() if part is not item and get_local_tag(part) == "li"]
    nested = [" ".join("".join(part.itertext()).split()) for part in items]
    if not nested:
        return " ".join("".join(item.itertext()).split())
    head = " ".join((item.text or "").split())
    return f"{head} {'; '.join(part.rstrip('.;') for part in nested)}."


def extract_code(element: Element) -> str:
    """The code of an example, one line a line, nested blocks indented by four spaces; empty if it is a table."""
    if any(get_local_tag(child) in ("table", "img") for child in element.iter()):
        return ""
    if not any(get_local_tag(child) in ("br", "div") for child in element.iter() if child is not element):
        return clean_code("".join(element.itertext()))
    writer = _CodeWriter(layout=any(get_local_tag(child) == "br" for child in element.iter()))
    writer.walk(element, level=-1)
    return clean_code("\n".join(writer.lines))


class _CodeWriter:
    """Collects lines: `br` and the edges of `div` end one, a nested `div` with a margin indents."""

    def __init__(self, layout: bool) -> None:
        self.lines: list[str] = [""]
        # With no <br> anywhere the line ends of the XML are the code's own.
        self.layout = layout

    def walk(self, element: Element, level: int) -> None:
        self._write(element.text or "", level)
        for child in element:
            tag = get_local_tag(child)
            if tag == "br":
                self.lines.append("")
            elif tag in ("div", "p", "ul", "li"):
                indented = "margin-left" in child.get("style", "") or level < 0
                self._end_line()
                self.walk(child, level + 1 if indented else level)
                self._end_line()
            else:
                self.walk(child, level)
            self._write(child.tail or "", level)

    def _end_line(self) -> None:
        if self.lines[-1].strip():
            self.lines.append("")

    def _write(self, text: str, level: int) -> None:
        if not self.layout and "\n" in text.strip():
            for line in text.strip("\n").split("\n"):
                self._end_line()
                self.lines[-1] = INDENT * max(level, 0) + line.rstrip()
            return
        text = re.sub(r"\s+", " ", text)
        if not self.lines[-1]:
            text = text.lstrip()
            if text:
                self.lines[-1] = INDENT * max(level, 0) + text
        else:
            self.lines[-1] += text
