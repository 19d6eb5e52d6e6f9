"""What seeds show as code has to be code: each language by a compiler or a parser, where one is installed.

The grammars of tree-sitter are in the dev extra. The compilers gcc, rustc, javac, php, go and gofmt are used where they
are installed; without one its tests are skipped.
"""

import ast
import json
import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import tree_sitter
import yaml

from hackmentor.data.sources import load_source
from hackmentor.data.sources.seeds import Seed
from tests.data.seeds.blocks import FENCE, Shown, blocks, texts

LANGUAGES = {
    *(
        "bash",
        "c",
        "dockerfile",
        "go",
        "hcl",
        "java",
        "json",
        "kusto",
        "nftables",
        "nginx",
        "php",
        "powershell",
        "python",
    ),
    *("rust", "spl", "sql", "suricata", "text", "typescript", "yaml", "yara"),
}
GRAMMARS = {
    "c": ("tree_sitter_c", "language"),
    "go": ("tree_sitter_go", "language"),
    "java": ("tree_sitter_java", "language"),
    "php": ("tree_sitter_php", "language_php"),
    "rust": ("tree_sitter_rust", "language"),
    "typescript": ("tree_sitter_typescript", "language_tsx"),
}


@pytest.fixture(scope="module")
def all_seeds() -> list[Seed]:
    return [entry for entry in load_source("seeds").entries if isinstance(entry, Seed)]


def test_every_block_is_closed_and_names_its_language() -> None:
    used = set()
    for name, part, text in texts():
        found = FENCE.findall(text)
        assert text.count("```") == 2 * len(found), f"{name}, {part}"
        assert {language for language, _ in found} <= LANGUAGES, f"{name}, {part}"
        used |= {language for language, _ in found}
    assert len(used) >= 15


@pytest.mark.parametrize("shown", blocks("python"), ids=str)
def test_python_parses(shown: Shown) -> None:
    assert ast.parse(shown.code).body


def test_json_inputs_parse(all_seeds: list[Seed]) -> None:
    assert [json.loads(seed.input) for seed in all_seeds if seed.input.startswith("{")]


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize("shown", blocks("bash"), ids=str)
def test_bash_parses(shown: Shown) -> None:
    checked = subprocess.run(["bash", "-n"], input=shown.code, text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("shown", blocks(*GRAMMARS), ids=str)
def test_it_parses_by_its_grammar(shown: Shown) -> None:
    module, function = GRAMMARS[shown.language]
    grammar = tree_sitter.Language(getattr(import_module(module), function)())
    code = shown.code
    if shown.language == "go" and not code.startswith("package"):
        # A declaration as it stands, statements in a function.
        inside = code if re.match(r"(func|type|var|const|import)\b", code) else f"func f() {{\n{code}\n}}"
        code = f"package p\n{inside}"
    tree = tree_sitter.Parser(grammar).parse(code.encode())
    assert not tree.root_node.has_error, faults(tree.root_node)


def faults(node: Any) -> list[str]:
    """Where a tree has errors."""
    here = [f"{node.start_point}: {node.text.decode()[:60]}"] if node.type == "ERROR" or node.is_missing else []
    return here + [fault for child in node.children for fault in faults(child)]


def run(command: list[str], code: str = "") -> str:
    """What a compiler complains of; empty if of nothing."""
    done = subprocess.run(command, input=code, text=True, capture_output=True, check=False)
    return "" if done.returncode == 0 else (done.stderr or done.stdout)


@pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")
@pytest.mark.parametrize("shown", [b for b in blocks("c") if "#include" in b.code], ids=str)
def test_c_compiles(shown: Shown) -> None:
    strict = ["-Wall", "-Wextra", "-Werror"] if shown.part == "answer" else []
    assert run(["gcc", "-std=c11", "-O1", *strict, "-x", "c", "-fsyntax-only", "-"], shown.code) == ""


@pytest.mark.skipif(not shutil.which("rustc"), reason="needs rustc")
@pytest.mark.parametrize("shown", blocks("rust"), ids=str)
def test_rust_compiles(shown: Shown, tmp_path: Path) -> None:
    command = ["rustc", "--edition", "2021", "--crate-type", "lib", "--emit", "metadata", "-A", "dead_code"]
    complaint = run([*command, "-o", str(tmp_path / "x.rmeta"), "-"], shown.code)
    if "split_at_checked" in complaint:
        pytest.skip("needs Rust 1.80")
    assert complaint == ""


@pytest.mark.skipif(not shutil.which("javac"), reason="needs javac")
def test_java_compiles(tmp_path: Path) -> None:
    files = []
    for number, shown in enumerate(blocks("java")):
        folder = tmp_path / str(number)
        folder.mkdir()
        # A package a block, since two blocks may hold a class of one name.
        (folder / "Shown.java").write_text(f"package p{number};\n{shown.code}\n", encoding="utf-8")
        files.append(str(folder / "Shown.java"))
    assert files
    assert run(["javac", "-proc:none", "-d", str(tmp_path / "out"), *files]) == ""


@pytest.mark.skipif(not shutil.which("php"), reason="needs php")
@pytest.mark.parametrize("shown", blocks("php"), ids=str)
def test_php_compiles(shown: Shown) -> None:
    assert run(["php", "-l"], shown.code) == ""


@pytest.mark.skipif(not shutil.which("gofmt"), reason="needs gofmt")
@pytest.mark.parametrize("shown", blocks("go"), ids=str)
def test_go_is_as_gofmt_writes_it(shown: Shown) -> None:
    done = subprocess.run(["gofmt"], input=shown.code, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == shown.code.strip()


@pytest.mark.skipif(not shutil.which("go"), reason="needs go")
def test_go_packages_build(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module shown\n\ngo 1.19\n", encoding="utf-8")
    for number, shown in enumerate(blocks("go", part="answer")):
        if shown.code.startswith("package"):
            folder = tmp_path / f"p{number}"
            folder.mkdir()
            (folder / "shown.go").write_text(shown.code + "\n", encoding="utf-8")
    done = subprocess.run(["go", "vet", "./..."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("shown", blocks("dockerfile", part="answer"), ids=str)
def test_dockerfiles_are_made_of_instructions(shown: Shown) -> None:
    known = (
        "FROM RUN CMD LABEL EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD STOPSIGNAL HEALTHCHECK SHELL"
    )
    joined = re.sub(r"\\\n", " ", shown.code)
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    assert {line.split()[0] for line in lines} <= set(known.split())
    assert lines[0].startswith(("FROM", "ARG"))


def test_yara_regex_matches_what_it_should() -> None:
    (rule,) = [shown.code for shown in blocks("yara") if "php_eval_of_request" in shown.code]
    (pattern,) = re.findall(r"= /(.+)/ nocase", rule)
    shell = re.compile(pattern, re.IGNORECASE)
    assert shell.search('@eval($_POST["x"]);')
    assert shell.search("system ( $_GET ['c'] );")
    assert shell.search("EVAL(base64_decode($_COOKIE[0]));")
    assert not shell.search('echo htmlspecialchars($_GET["q"]);')


def test_sigma_tags_are_the_references(all_seeds: list[Seed]) -> None:
    rules = [shown for shown in blocks("yaml", part="answer") if "logsource:" in shown.code]
    assert len(rules) >= 10
    refs = {seed.upstream_id.removeprefix("seed:"): set(seed.refs) for seed in all_seeds}
    for shown in rules:
        tagged = {tag.upper() for tag in re.findall(r"attack\.(t\d{4}(?:\.\d{3})?)", shown.code)}
        assert tagged, shown
        assert shown.seed not in refs or tagged <= refs[shown.seed], shown


def test_sigma_conditions_name_what_is_there() -> None:
    for shown in blocks("yaml", part="answer"):
        if "logsource:" not in shown.code:
            continue
        for document in yaml.safe_load_all(shown.code):
            if "correlation" in document:
                continue
            assert {"title", "status", "logsource", "detection", "level", "tags"} <= set(document), shown
            condition = document["detection"].pop("condition")
            named = set(re.findall(r"\w+", condition)) - {"and", "or", "not", "of", "them", "all", "1"}
            assert named == set(document["detection"]), shown
