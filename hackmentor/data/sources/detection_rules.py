"""YARA, Suricata and Snort rules and capa's rules by path: text with a name and a description of its own."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish_sentence
from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.data.sources.parsed_files import get_list, get_text, iter_yaml, read_head

SUFFIXES = (".yar", ".yara", ".rules", ".yml")
NAME = "patterns"
LICENCE = "as the rule set states it"
NOTICE = "Detection rules from files of the user's choice; their licence is that of the rule set."
# Where a YARA rule begins or may end. A pattern of a whole rule would search to the end of the file at each beginning.
YARA_EDGE = re.compile(r"^(?:(?:private |global )*rule\s+(?P<name>\w+)|\})", re.MULTILINE)
YARA_META = re.compile(r'^[ \t]*(description|author|license)[ \t]*=[ \t]*"([^"\n]+)"', re.MULTILINE)
SURICATA_RULE = re.compile(r"^(?:alert|drop|reject) .+\)$", re.MULTILINE)
SURICATA_OPTION = re.compile(r'\b(msg|sid|classtype|reference):\s*"?([^;"]+)"?;')
MAX_CHARACTERS = 3_000
LONG_OR_UNTOLD = "rule without a description, or a long one"


@dataclass(frozen=True, slots=True)
class DetectionRule:
    """A rule as text, in the language of its engine."""

    upstream_id: str
    engine: str
    name: str
    description: str
    text: str
    techniques: tuple[str, ...]
    credit: str

    @property
    def split_key(self) -> str:
        """Each rule is split by itself."""
        return self.upstream_id


def recognises(path: Path) -> bool:
    """Whether a file holds such rules; YAML only where it is capa's."""
    head = read_head(path)
    if path.suffix.lower() == ".yml":
        return bool(re.search(r"^rule:\s*\n\s+meta:", head, re.MULTILINE)) and "features:" in head
    return any(True for _ in _iter_yara(head)) or bool(SURICATA_RULE.search(head))


def load_detection_rules(name: str, files: Mapping[str, Path]) -> Catalogue:
    """Every rule that says what it finds, of at most 3,000 characters."""
    left_out: dict[str, list[str]] = {}
    rules: dict[str, DetectionRule] = {}
    capa = {key: path for key, path in files.items() if path.suffix.lower() == ".yml"}
    texts = {key: path for key, path in files.items() if key not in capa}
    for rule in (*_iter_text_rules(texts, left_out), *_iter_capa(capa, left_out)):
        if len(rule.description.split()) < 3 or len(rule.text) > MAX_CHARACTERS:
            left_out.setdefault(LONG_OR_UNTOLD, []).append(rule.upstream_id)
        else:
            rules[rule.upstream_id] = rule
    origin = Origin(f"{NAME}:{name}", "", "", f"{len(rules)} rules", LICENCE, NOTICE)
    return Catalogue(origin, tuple(rules[key] for key in sorted(rules)), left_out)


def _iter_yara(text: str) -> Iterator[tuple[str, str]]:
    """The name and text of each rule: from a line that begins one to the first line after it that begins with `}`."""
    name, start, brace = "", 0, -1
    for edge in YARA_EDGE.finditer(text):
        if edge["name"] and not name:
            name, start, brace = edge["name"], edge.start(), text.find("{", edge.end())
            if brace < 0:
                return
        elif name and not edge["name"] and edge.start() > brace:
            yield name, text[start : edge.end()]
            name = ""


def _iter_text_rules(files: Mapping[str, Path], left_out: dict[str, list[str]]) -> Iterator[DetectionRule]:
    """The rules of text files. What is too long for a record is not looked into: that could take any time."""
    for path in files.values():
        text = path.read_text(encoding="utf-8", errors="replace")
        for name, rule in _iter_yara(text):
            if len(rule) > MAX_CHARACTERS:
                left_out.setdefault(LONG_OR_UNTOLD, []).append(f"yara:{name}")
                continue
            meta = dict(YARA_META.findall(rule))
            said = finish_sentence(clean_text(meta.get("description", "")))
            yield DetectionRule(f"yara:{name}", "YARA", name, said, rule, (), meta.get("author", ""))
        for line in SURICATA_RULE.findall(text):
            if len(line) > MAX_CHARACTERS:
                left_out.setdefault(LONG_OR_UNTOLD, []).append(f"{path.name}: {line[:40]}")
                continue
            options = dict(SURICATA_OPTION.findall(line))
            said = finish_sentence(clean_text(options.get("msg", "")))
            yield DetectionRule(f"sid:{options.get('sid', '')}", "Suricata", said.rstrip("."), said, line, (), "")


def _iter_capa(files: Mapping[str, Path], left_out: dict[str, list[str]]) -> Iterator[DetectionRule]:
    for place, content, text in iter_yaml(files, left_out):
        if not isinstance(content, Mapping) or not get_text(content, "rule", "meta", "name"):
            left_out.setdefault("YAML that is no rule of capa", []).append(place)
            continue
        name = get_text(content, "rule", "meta", "name")
        ids = re.findall(r"\[(T\d{4}(?:\.\d{3})?)\]", " ".join(map(str, get_list(content, "rule", "meta", "att&ck"))))
        authors = ", ".join(map(str, get_list(content, "rule", "meta", "authors")))
        said = finish_sentence(f"the program can {name}")
        yield DetectionRule(f"capa:{name}", "capa", name, said, text.strip(), tuple(ids), authors)
