"""The manual is tested: what it says about commands, settings, rules, files and code has to be true."""

import ast
import hashlib
import hmac
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import typer.main

from maatwerk.cli.commands import app
from maatwerk.core.conditions.functions import CONSTRUCTORS, FUNCTIONS, METHODS
from maatwerk.core.errors import Refused
from maatwerk.decisions.contact.words import parse_policy
from maatwerk.decisions.content.region import ready_store
from maatwerk.decisions.content.shelf import ready_block, ready_layout, ready_navigation, ready_popup
from maatwerk.decisions.experiments.words import parse_experiment
from maatwerk.decisions.journeys.campaign import parse_campaign
from maatwerk.decisions.journeys.ready_made import journey_of
from maatwerk.decisions.offers.parse import parse_offer, parse_offer_policy, parse_pool
from maatwerk.decisions.offers.words import Give
from maatwerk.decisions.pipeline.merchandise import parse_merchandising
from maatwerk.decisions.recommend.filters import passing
from maatwerk.decisions.recommend.questions import parse_questions
from maatwerk.decisions.recommend.recommenders import RECOMMENDERS
from maatwerk.decisions.recommend.starter import STARTER_PLACEMENTS
from maatwerk.decisions.recommend.words import Unit, parse_placement, parse_unit
from maatwerk.decisions.search.synonyms import parse_synonyms
from maatwerk.effects.channels.template import parse_template
from maatwerk.effects.feeds.words import parse_feed
from maatwerk.engines.files.keys import trace
from maatwerk.settings import PREFIX, Consent, Framework, Settings
from maatwerk.surfaces.files.guess import FORMATS
from maatwerk.surfaces.files.mapping import SHIPPED, mapping_of
from maatwerk.views.audience.audiences import ready

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path
    for path in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    if path.name != "CHANGELOG.md"  # it tells of the past, too
)
SHELLS = {"sh", "bash", "console", "shell"}
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL
)

# Variables of the benchmarks and tests; no process of the product reads them.
NOT_SETTINGS = {"MAATWERK_BENCH_DATA"}

PARSERS = {
    "merchandising": parse_merchandising,
    "synonyms": parse_synonyms,
    "audience": lambda key, document: ready(key, {key: document}),
    "unit": parse_unit,
    "placement": parse_placement,
    "offer": lambda key, document: parse_offer(key, document, "EUR"),
    "offer_policy": parse_offer_policy,
    "code_pool": lambda key, document: parse_pool(key, document, "EUR"),
    "questions": parse_questions,
    "block": ready_block,
    "experiment": parse_experiment,
    "popup": ready_popup,
    "store": ready_store,
    "navigation": ready_navigation,
    "layout": ready_layout,
    "mapping": mapping_of,
    "journey": journey_of,
    "campaign": parse_campaign,
    "contact_policy": parse_policy,
    "template": parse_template,
    "feed": parse_feed,
}


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, its language, its title, its text."""

    where: str
    language: str
    title: str
    text: str


def blocks(*languages: str) -> list[Block]:
    """Every fenced block of the manual in one of these languages."""
    return [block for page in PAGES for block in blocks_of(page) if block.language in languages]


def blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        language, _, rest = match["info"].strip().partition(" ")
        title = re.search(r'title="([^"]*)"', rest)
        indent = len(match["indent"])
        body = "\n".join(row[indent:] for row in match["body"].splitlines())
        yield Block(f"{page.relative_to(ROOT)}:{line}", language, title[1] if title else "", body)


def commands() -> Iterator[tuple[str, list[str]]]:
    """Yield every `maatwerk …` of the manual, in blocks and in running text, split into words."""
    for block in blocks(*SHELLS):
        for line in re.sub(r"\\\n\s*", " ", block.text).splitlines():
            yield from words_of(line.strip().removeprefix("$ "), block.where)
    for page in PAGES:
        prose = FENCE.sub("", page.read_text(encoding="utf-8"))
        for match in re.finditer(r"`(maatwerk [^`\n]+)`", prose):
            yield from words_of(match[1], str(page.relative_to(ROOT)))


def words_of(line: str, where: str) -> Iterator[tuple[str, list[str]]]:
    if line.startswith("maatwerk "):
        words = shlex.split(line, comments=True)
        ends = [at for at, word in enumerate(words) if word in {"|", ">", "&&", "&", ";", "2>", "<"}]
        yield where, words[1 : min(ends, default=len(words))]


def program() -> Any:
    """The command line as a tree of commands."""
    return typer.main.get_command(app)


def walk(command: Any, words: list[str]) -> tuple[Any, list[str]]:
    """Follow words down the tree; return the command meant, and the words left over for it."""
    while words and hasattr(command, "commands"):
        if words[0].startswith("-"):
            break
        command = command.commands[words[0]]  # KeyError: no such command
        words = words[1:]
    return command, words


def test_commands_exist() -> None:
    top = program()
    wrong = []
    for where, words in commands():
        try:
            command, rest = walk(top, words)
        except KeyError as missing:
            wrong.append(f"{where}: maatwerk {' '.join(words)}: no command {missing}")
            continue
        known = {
            option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]
        }
        asked = {word.split("=", 1)[0] for word in rest if re.match(r"--?[a-z]", word)}
        wrong += [
            f"{where}: maatwerk {' '.join(words)}: no option {name}"
            for name in sorted(asked - known - {"--help"})
        ]
    assert not wrong, "\n".join(wrong)


def test_every_command_is_documented() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `maatwerk ([a-z-]+)", page, re.MULTILINE))
    built = {name for name, command in program().commands.items() if not command.hidden}
    assert documented == built


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        (block.where, target)
        for block in blocks(*SHELLS)
        for target in re.findall(r"^(?:\$ )?make(?: [A-Z]+=\S+)* ([a-z]+)", block.text, re.MULTILINE)
    }
    assert named, "the manual names `make demo` at the least"
    assert not {(where, target) for where, target in named if target not in targets}


def test_every_setting_is_documented_with_its_default() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w.]+)` \| (.+?) \| ", page, re.MULTILINE))
    settings, purposes = defaults_of(Settings), defaults_of(Consent)
    settings["consent"] = settings["tcf"] = settings["identity"] = "a table"
    framework = {f"tcf.{name}": default for name, default in defaults_of(Framework).items()}
    assert rows == settings | purposes | framework


def defaults_of(record: type[msgspec.Struct]) -> dict[str, str]:
    """Return each field's default as the manual writes it."""
    instance = record()
    return {
        name: f"`{json.dumps(getattr(instance, name), default=vars)}`"
        for name in record.__struct_fields__
        if not isinstance(getattr(instance, name), msgspec.Struct)
    }


def test_variables_exist() -> None:
    known = {PREFIX + name.upper() for name in Settings.__struct_fields__} | NOT_SETTINGS
    wrong = {
        (str(page.relative_to(ROOT)), name)
        for page in PAGES
        for name in re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", page.read_text(encoding="utf-8"))
        if name not in known
    }
    assert not wrong


def test_routes_exist() -> None:
    """Every path that the manual gives beside a method, or on 127.0.0.1, is one that a surface declares."""
    patterns = [
        re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(text)) + "$")
        for path in (ROOT / "src" / "maatwerk" / "surfaces").rglob("*.py")
        for text in strings_of(ast.parse(path.read_text(encoding="utf-8")))
        if re.match(r"/[\w{]", text)
    ]
    named = {
        (str(page.relative_to(ROOT)), route)
        for page in PAGES
        for line in page.read_text(encoding="utf-8").splitlines()
        if re.search(r"\b(GET|POST|PUT|PATCH|DELETE)\b|127\.0\.0\.1", line)
        for route in re.findall(r"(?<![\w.<*/])(?:http://127\.0\.0\.1:\d+)?(/(?!/)[\w{}./-]*[\w}])", line)
    }
    assert named
    unknown = sorted(
        (page, route) for page, route in named if not any(pattern.match(route) for pattern in patterns)
    )
    assert not unknown, unknown


def strings_of(tree: ast.AST) -> Iterator[str]:
    """Yield each string of a module; what is filled in when it runs stands as `{}`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("block", blocks("toml"), ids=lambda block: block.where)
def test_toml_is_what_its_title_says(block: Block) -> None:
    """A TOML block is titled with its file, or with the kind and key of its rule, and is a valid one."""
    document = tomllib.loads(block.text)
    kind, _, key = block.title.partition(" ")
    if block.title == "maatwerk.toml":
        msgspec.convert(document, Settings)
    else:
        assert kind in PARSERS, (
            f"{block.where}: title it with its file, or one of {sorted(PARSERS)} and a key"
        )
        PARSERS[kind](key, document)
        for condition in ("include", "exclude"):
            if condition in document:
                passing(document[condition], keep=condition == "include")


def test_the_check_of_rules_sees() -> None:
    with pytest.raises(Refused):
        parse_unit("x", {"recommender": "trending", "no_such_field": 1})


@pytest.mark.parametrize(
    ("page", "heading", "built"),
    [
        ("import.md", "format", set(FORMATS)),
        ("import.md", "mapping", set(SHIPPED)),
        ("recommend.md", "recommender", set(RECOMMENDERS)),
        ("recommend.md", "placement", set(STARTER_PLACEMENTS)),
        ("offers.md", "give", set(get_args(Give))),
    ],
)
def test_tables_are_whole(page: str, heading: str, built: set[str]) -> None:
    """A table headed with a kind of thing names each of them, and no other."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    table = text.split(f"\n| {heading} | ", 1)[1].split("\n\n", 1)[0]
    assert set(re.findall(r"^\| `([\w.-]+)`", table, re.MULTILINE)) == built


@pytest.mark.parametrize(
    ("page", "heading", "built"),
    [
        ("recommend.md", "field", set(Unit.__struct_fields__)),
        ("rules.md", "function", {*FUNCTIONS, *METHODS, *CONSTRUCTORS}),
    ],
)
def test_lists_are_whole(page: str, heading: str, built: set[str]) -> None:
    """The same, where a row may name several."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    table = text.split(f"\n| {heading} | ", 1)[1].split("\n\n", 1)[0]
    rows = re.findall(r"^\| (`.*?) \| ", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == built


def test_conditions_in_the_manual_are_accepted() -> None:
    shown = [
        block for page in PAGES for block in blocks_of(page) if page.name == "rules.md" and not block.language
    ]
    assert shown
    for block in shown:
        passing(block.text.strip(), keep=True)


@pytest.mark.parametrize("block", blocks("json"), ids=lambda block: block.where)
def test_json_parses(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.where)
def test_python_compiles(block: Block) -> None:
    ast.parse(block.text)


def test_the_signature_in_the_manual_is_ours() -> None:
    block = next(block for block in blocks("python") if "def user_signature" in block.text)
    scope: dict[str, Any] = {}
    exec(compile(block.text, block.where, "exec"), scope)
    ours = hmac.new(trace("sk_secret", 0).signing.encode(), b"u-1", hashlib.sha256).hexdigest()
    assert scope["user_signature"]("sk_secret", "u-1") == ours


def test_files_that_are_named_exist() -> None:
    """A path in running text, such as `tests/test_docs.py` or `views/profile/`, leads somewhere."""
    roots = (ROOT, ROOT / "src", ROOT / "src" / "maatwerk", ROOT / "tests")
    named = {
        (str(page.relative_to(ROOT)), path)
        for page in PAGES
        for path in re.findall(
            r"`((?:[\w.-]+/)+(?:[\w.-]+\.(?:py|toml|md|json))?)`",
            FENCE.sub("", page.read_text(encoding="utf-8")),
        )
    }
    astray = [(page, path) for page, path in named if not any((root / path).exists() for root in roots)]
    assert not astray, astray
