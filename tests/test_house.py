"""The house rules as tests. Each is a ratchet: tightened as the code allows, never loosened for a change."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import maatwerk

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "src" / "maatwerk"
PURE = ("core", "events", "views", "decisions")

FILE_LINES_MAX = 500
LONG_FILE_LINES = 300
LONG_FILE_SHARE_MAX = 0.10  # of modules may be longer than LONG_FILE_LINES
FUNCTION_LINES_P95_MAX = 40
FUNCTION_LINES_MAX = 100
DEPTH_MAX = 4  # parts of a path below src/maatwerk, the file included

BANNED_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "manager",
    "managers",
    "service",
    "services",
    "base",
    "misc",
}

# What core, events, views and decisions may not import from the standard library: a clock, a disk, a network,
# chance that is not ours, or threads. What they may import from outside is listed in ALLOWED_OUTSIDE.
IMPURE_STDLIB = {
    "asyncio", "concurrent", "ctypes", "fcntl", "ftplib", "getpass", "glob", "http", "imaplib",
    "io", "locale", "logging", "mmap", "multiprocessing", "os", "pathlib", "pickle",
    "platform", "queue", "random", "sched", "secrets", "select", "selectors", "shelve", "shutil",
    "signal", "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "sys", "syslog",
    "tempfile", "threading", "time", "urllib.request", "warnings", "webbrowser", "xmlrpc",
}  # fmt: skip
PACKAGED = ("importlib.resources",)  # files that are part of the program, such as its SQL
ALLOWED_OUTSIDE = {
    "core": {"msgspec"},
    "events": {"msgspec"},
    "views": {"msgspec", "numpy", "scipy"},
    "decisions": {"msgspec", "numpy", "scipy"},
}
# Calls that would make an answer depend on when, where or in which process it is computed. The built-in
# hash() is among them: Python keys it anew in every process.
IMPURE_BUILTINS = {"open", "input", "print", "exec", "eval", "hash", "breakpoint"}
IMPURE_ATTRIBUTES = {"now", "utcnow", "today", "uuid1", "uuid4", "urandom", "getenv", "environ"}
IMPURE_OWNERS = {"datetime", "date", "time", "os", "uuid"}

# A distribution and the package it is imported as, where the two differ.
IMPORTED_AS = {
    "argon2-cffi": "argon2",
    "dkimpy": "dkim",
    "mjml-python": "mjml",
    "pillow": "PIL",
    "prometheus-client": "prometheus_client",
    "python-liquid": "liquid",
    "segment-analytics-python": "segment",
    "ua-parser": "ua_parser",
}
# Never imported by name: uvicorn picks these up by itself.
LOADED_BY_OTHERS = {"uvloop", "httptools"}


def modules() -> list[Path]:
    """Every module of the product."""
    return sorted(HOUSE.rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function with its length in lines, docstring not counted: explaining is free."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                length -= (first.end_lineno or first.lineno) - first.lineno + 1
            yield f"{name(path)}:{node.lineno} {node.name}", length


def imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each imported module's full name, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def declared(*, extras: bool = True, dev: bool = False) -> list[Requirement]:
    """The requirements that pyproject.toml states."""
    lines = list(project()["project"]["dependencies"])
    if extras:
        for group in project()["project"]["optional-dependencies"].values():
            lines += group
    if dev:
        for group in project()["dependency-groups"].values():
            lines += [line for line in group if isinstance(line, str)]
    return [Requirement(line) for line in lines]


# --- sizes ----------------------------------------------------------------------------------------


def test_files_are_short() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    too_long = {path: lines for path, lines in lengths.items() if lines > FILE_LINES_MAX}
    assert not too_long, f"over {FILE_LINES_MAX} lines; split by verb: {too_long}"
    long = {path: lines for path, lines in lengths.items() if lines > LONG_FILE_LINES}
    assert len(long) <= LONG_FILE_SHARE_MAX * len(lengths), (
        f"too many files over {LONG_FILE_LINES} lines: {long}"
    )


def test_functions_are_short() -> None:
    lengths = sorted((length, where) for path in modules() for where, length in functions(path))
    too_long = [f"{where} ({length})" for length, where in lengths if length > FUNCTION_LINES_MAX]
    assert not too_long, f"over {FUNCTION_LINES_MAX} lines: {too_long}"
    p95, where = lengths[int(0.95 * (len(lengths) - 1))]
    assert p95 <= FUNCTION_LINES_P95_MAX, f"one function in twenty has over {p95} lines (at {where})"


def test_the_tree_is_shallow() -> None:
    deep = [name(path) for path in modules() if len(path.relative_to(HOUSE).parts) > DEPTH_MAX]
    assert not deep, f"deeper than {DEPTH_MAX}: {deep}"


# --- names ----------------------------------------------------------------------------------------


def test_no_drawers() -> None:
    paths = [*modules(), *(ROOT / "tests").rglob("*.py")]
    drawers = [
        name(path)
        for path in paths
        if BANNED_NAMES & {part.split(".")[0] for part in path.relative_to(ROOT).parts}
    ]
    assert not drawers, f"name a module for what it holds, not {sorted(BANNED_NAMES)}: {drawers}"


def test_every_package_states_its_rule() -> None:
    folders = {path.parent for path in modules()}
    without = [name(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()]
    assert not without, f"no __init__.py: {without}"
    mute = [
        name(path)
        for path in modules()
        if path.name == "__init__.py" and not ast.get_docstring(tree_of(path))
    ]
    assert not mute, f"an __init__.py says what its room is for and what its rule is: {mute}"


BRITISH = re.compile(
    r"(?i)catalogue|colour|favourite|behaviour|centre|(personal|normal|optim|organ|recogn|summar|visual)is(e|ed|ing|ation)\b"
)


def test_identifiers_are_spelled_the_american_way() -> None:
    """The formats we speak say `catalog` and `color`. Strings are exempt: a shop may well send `colour`."""
    found = []
    for path in modules():
        for node in ast.walk(tree_of(path)):
            word = getattr(node, "name", None) or getattr(node, "id", None) or getattr(node, "arg", None)
            if isinstance(word, str) and BRITISH.search(word):
                found.append(f"{name(path)}:{getattr(node, 'lineno', 0)} {word}")
    assert not found, found


# --- purity ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", PURE)
def test_pure_layers_import_nothing_impure(layer: str) -> None:
    found = []
    for path in sorted((HOUSE / layer).rglob("*.py")):
        for module, line in imports(tree_of(path)):
            top = module.split(".")[0]
            if top == "maatwerk":
                continue
            impure = module.split(".")[0] == "importlib" and not module.startswith(PACKAGED)
            impure |= any(module == banned or module.startswith(banned + ".") for banned in IMPURE_STDLIB)
            outside = top not in sys.stdlib_module_names and top not in ALLOWED_OUTSIDE[layer]
            if impure or outside:
                found.append(f"{name(path)}:{line} imports {module}")
    assert not found, f"{layer} is pure: {found}"


@pytest.mark.parametrize("layer", PURE)
def test_pure_layers_ask_the_world_nothing(layer: str) -> None:
    paths = sorted((HOUSE / layer).rglob("*.py"))
    found = [f"{name(path)}:{line} {what}" for path in paths for line, what in questions(tree_of(path))]
    assert not found, f"{layer} is told the time and draws chance from core/chance.py: {found}"


def questions(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield what a module asks of the world: the clock, the environment, global chance, the disk."""
    hashes = [node for node in ast.walk(tree) if getattr(node, "name", "") == "__hash__"]
    within_hash = {node for definition in hashes for node in ast.walk(definition)}
    for node in ast.walk(tree):
        if node in within_hash:
            continue  # a __hash__ serves dictionaries inside one process; no answer may depend on their order
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            unseeded = called.endswith("random.default_rng") and not node.args
            if called in IMPURE_BUILTINS or unseeded:
                yield node.lineno, f"{called}()"
        elif isinstance(node, ast.Attribute):
            chain = ast.unparse(node)
            # `.now` is also a word of ours (the moment a question is asked): only the clock's own is meant.
            of_the_world = node.attr in IMPURE_ATTRIBUTES and chain.split(".")[0] in IMPURE_OWNERS
            global_chance = re.fullmatch(r"(np|numpy)\.random\.(?!Generator$|default_rng$)\w+", chain)
            if of_the_world or global_chance:
                yield node.lineno, chain


@pytest.mark.parametrize(
    "question",
    [
        "datetime.datetime.now()",
        "date.today()",
        "np.random.default_rng()",
        "np.random.shuffle(rows)",
        "uuid.uuid4()",
        "hash('a')",
        "open('b')",
    ],
)
def test_the_purity_check_sees(question: str) -> None:
    assert list(questions(ast.parse(f"answer = {question}")))
    assert not list(questions(ast.parse("answer = situation.now + np.random.default_rng(seed).random()")))


# --- dependencies ---------------------------------------------------------------------------------


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    used = {module.split(".")[0] for path in modules() for module, _ in imports(tree_of(path))}
    used -= set(sys.stdlib_module_names) | {"maatwerk"}
    stated = {IMPORTED_AS.get(requirement.name, requirement.name) for requirement in declared()}
    assert used <= stated, f"import these only once pyproject.toml declares them: {sorted(used - stated)}"
    idle = stated - used - LOADED_BY_OTHERS
    assert not idle, f"pyproject.toml declares what nothing imports: {sorted(idle)}"


@pytest.mark.parametrize(("lock", "dev"), [("requirements/dev.txt", True), ("requirements/run.txt", False)])
def test_locks_answer_to_the_project(lock: str, dev: bool) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    locked: dict[str, list[str]] = {}
    for found, version in re.findall(r"(?m)^([A-Za-z0-9._-]+)==(\S+)", text):
        locked.setdefault(canonicalize_name(found), []).append(version)
    pins, hashed = (
        sum(map(len, locked.values())),
        len(re.findall(r"(?m)^[A-Za-z0-9._-]+==.*\\\n +--hash=sha256:", text)),
    )
    assert pins == hashed > 20, "every pin carries its hashes"
    for requirement in declared(extras=dev, dev=dev):
        versions = locked.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not in {lock}: make lock"
        assert all(requirement.specifier.contains(version) for version in versions), (
            f"{requirement}: make lock"
        )


def test_versions_agree() -> None:
    assert maatwerk.__version__ == project()["project"]["version"]


# --- honesty --------------------------------------------------------------------------------------


def test_no_stubs() -> None:
    """What is not built is absent, not pretended. (A port's methods are `...`: that is their whole body.)"""
    pattern = re.compile(r"raise NotImplementedError|\b(?:TODO|FIXME|XXX)\b")
    found = [
        f"{name(path)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, found


def test_our_own_code_is_never_mocked() -> None:
    found = [
        f"{name(path)}:{line}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for module, line in imports(tree_of(path))
        if module.startswith(("unittest.mock", "mock", "pytest_mock"))
    ]
    assert not found, f"use the real thing, or a scripted shop of maatwerk.testing: {found}"


def test_nothing_tracked_names_a_machine_or_a_registry() -> None:
    git = shutil.which("git")
    if not git or not (ROOT / ".git").exists():
        pytest.skip("no git, or no git checkout: nothing is tracked here")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    # Put together here, so that this file names none of them itself.
    hosts = ["pypi" + r"\.org", "python" + r"hosted\.org", "registry" + r"\.npmjs", "deb" + r"\.debian\.org"]
    folders = r"(?:^|[^A-Za-z0-9.])/(?:" + "|".join(["wo" + "rk", "fa" + "rm", "ro" + "ot"]) + ")/"
    pattern = re.compile("|".join([*hosts, folders]), re.MULTILINE)
    found = []
    for tracked in filter(None, listed.stdout.split("\0")):
        path = ROOT / tracked
        if path.is_file() and b"\0" not in (content := path.read_bytes())[:8000]:
            hit = pattern.search(content.decode("utf-8", "replace"))
            if hit:
                found.append(f"{tracked}: {hit.group()}")
    assert not found, found
