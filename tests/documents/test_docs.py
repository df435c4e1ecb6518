"""What the documents say is so: blocks run, commands parse, every column, option, name and word is told."""

import ast
import builtins
import doctest
import inspect
import re
import shlex
import sys
import tomllib
from fnmatch import fnmatch
from importlib import util
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from offices import UNITS, events, office
from openpyxl import load_workbook
from words import WORDS, in_each_language

import ocop_forecast as ocop
from ocop_forecast import errors, plots, style
from ocop_forecast.batch import journal, monthly
from ocop_forecast.cli import main
from ocop_forecast.i18n.catalogue import label, language, set_options
from ocop_forecast.reporting import pack, writing
from ocop_forecast.settings import Settings
from ocop_forecast.tables import schema

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("[!.]*/*.md")])
}
# documents whose every block is executed or compared by tests of their own
ELSEWHERE = {
    "docs/own_province.md": "test_own_province.py",
    "docs/own_province.vi.md": "test_own_province.py",
    "README.vi.md": "test_readme.py",  # its code is the README's, but for the language asked for
    "docs/tour.vi.md": "test_readme.py",
}
OUTPUTS = (  # whose ```text blocks test_readme.py compares
    "docs/tour.md",
    "docs/tour.vi.md",
    "docs/model.md",
    "docs/how_it_works.md",
    "docs/how_it_works.vi.md",
)
DATA, CLI, API, GLOSSARY = (DOCUMENTS[f"docs/{name}.md"] for name in ("data", "cli", "api", "glossary"))


def script(path):
    """Return a script of the project as a module."""
    found = util.spec_from_file_location(path.stem, path)
    module = util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


reference = script(ROOT / "tools" / "reference.py")


def section(text, heading):
    """Return what stands below a heading, up to the next of its level or a higher one."""
    level = len(heading) - len(heading.lstrip("#"))
    body = f"\n{text}".partition(f"\n{heading}\n")[2]
    assert body, heading
    return re.split(rf"\n#{{1,{level}}} ", body)[0]


def table(text):
    """Return the cells of the first table in a text, row by row, without its heads."""
    lines = re.search(r"(?:^\|.*\n?)+", text, re.M)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


# the generated parts


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if reference.PART.search(DOCUMENTS[name])])
def test_the_generated_parts_are_what_the_code_says(name):
    """After a change of options, contracts, docstrings or labels: ``python tools/reference.py``."""
    if name == "docs/cli.md" and f"click=={version('click')} " not in LOCK:
        pytest.skip("another click than the lock's may word its help otherwise")
    assert reference.renewed(DOCUMENTS[name]) == DOCUMENTS[name]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_cell_waits_for_its_meaning(name):
    assert f"| {reference.UNTOLD} |" not in DOCUMENTS[name]


def test_what_is_written_by_hand_stays_and_what_is_new_asks_for_it():
    part = "<!-- generated: input reports -->\n| `unit` | stale | whose |\n<!-- end of generated -->"
    new = reference.renewed(part)
    rows = {row[0]: row for row in table(new)}
    assert (rows["`unit`"][-1], rows["`month`"][-1]) == ("whose", reference.UNTOLD)
    assert "stale" not in new
    assert reference.renewed(new) == new


# what goes in


@pytest.mark.parametrize("name", schema.CONTRACTS)
def test_every_column_of_an_input_table_is_told_with_its_headers(name):
    rows = {quoted(row[0])[0]: row for row in table(section(DATA, f"### `{name}`"))}
    assert list(rows) == list(schema.CONTRACTS[name].columns)
    for one, column in schema.CONTRACTS[name].columns.items():
        told = rows[one][3]
        for place in re.findall(r"\(#([\w-]+)\)", told):
            told += ";" + re.sub(
                "<!--.*?-->", "", section(DATA, f"#### {place.replace('-', ' ').capitalize()}")
            )
        shown = [text.strip() for text in told.split(";")]
        assert set(shown) >= set(column.metadata["headers"][: reference.SHOWN])
        assert all(f"`{word}` ({said})" in rows[one][2] for word, said in column.metadata["words"].items())


def test_the_tables_and_their_sheets_are_told():
    rows = table(section(DATA, "## What goes in"))
    assert {quoted(row[0])[0]: row[1] for row in rows} == schema.SHEETS


# what comes out


def steps(name, code):
    """Return rows of a dossier on its way since March, and of one that was recognised."""
    open_one = [("idea", "2024-03-04"), ("plan", "2024-04-08"), ("submitted", "2024-05-06")]
    done = [("idea", "2023-01-09"), ("submitted", "2023-05-08"), ("recognised", "2023-06-10")]
    told = [("mở", stage, day) for stage, day in open_one] + [("xong", stage, day) for stage, day in done]
    return [f"HS-{code}-{whose},Hồ sơ {code} {whose},{name},new,{stage},{day}" for whose, stage, day in told]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Where a small office with dossiers wrote a run beside an earlier one, a plan and a backtest."""
    folder = tmp_path_factory.mktemp("office")
    data = office(folder / "data")
    with (data / "register.csv").open("a", encoding="utf-8") as register:
        for code, name in UNITS.items():
            register.write(f"Sản phẩm {code}-cũ,{name},3,2021-0{int(code) % 9 + 1}-15,new\n")
    rows = [row for code, name in UNITS.items() for row in steps(name, code)]
    heads = "dossier_code,product,unit,kind,stage,stage_date"
    (data / "dossiers.csv").write_text("\n".join([heads, *rows]) + "\n", encoding="utf-8")
    settings = Settings(draws=200, seed=1, lang="en", budget=500_000_000)
    for as_of in ("2024-06", "2024-07"):
        run = monthly.run_batch(data, as_of=as_of, out=folder, units=["389"], settings=settings).folder
    terms = ["--data", str(data), "--out", str(folder), "--draws", "100", "--lang", "en"]
    for command in (["plan", "--budget", "5e8"], ["backtest"]):
        done = CliRunner().invoke(main, [*command, *terms])
        assert done.exit_code == 0, done.output
    return {"run": run, "plan": folder / "2024-07-plan", "backtest": folder / "2024-07-backtest"}


PLACES = {
    "run": "## What a run writes",
    "plan": "## What `plan` writes",
    "backtest": "## What `backtest` writes",
}
SOMETIMES = {"notebooks/<code>.failed.ipynb"}
OF = {("plan", "plan.csv"): " of a plan", ("backtest", "flags.csv"): " of a backtest"}


@pytest.mark.parametrize("what", PLACES)
def test_every_file_that_is_written_is_told_and_no_other(written, what):
    told = [one for row in table(section(DATA, PLACES[what])) for one in quoted(row[0])]
    there = [
        path.relative_to(written[what]).as_posix() for path in written[what].rglob("*") if path.is_file()
    ]
    told = {one: one.replace("<code>", "[0-9]*") for one in told}
    assert [name for name in there if not any(fnmatch(name, one) for one in told.values())] == []
    assert {one for one, form in told.items() if not any(fnmatch(name, form) for name in there)} <= SOMETIMES


@pytest.mark.parametrize("what", PLACES)
def test_every_column_of_every_csv_is_told_and_no_other(written, what):
    place, paths = section(DATA, PLACES[what]), sorted(written[what].glob("*.csv"))
    assert paths
    for path in paths:
        if path.name == "meeting.csv":
            continue
        told = section(place, f"### `{path.name}`{OF.get((what, path.name), '')}")
        cells = [row[0] for row in table(told)] if "\n|" in told else [told.rpartition(": ")[2]]
        names = [name for cell in cells for name in quoted(cell)]
        assert sorted(names) == sorted(pd.read_csv(path, nrows=0).columns), path.name


def test_every_file_and_column_of_a_hub_is_told_and_no_other(written):
    place, folder = section(DATA, "### `hub/`"), written["run"] / "hub"
    told = {quoted(row[0])[0].replace("<origin_date>", "2024-07-31") for row in table(place)}
    assert told == {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    heads = (("answer", "model-output/*/*.csv"), ("time series", "target-data/*.csv"))
    for what, form in heads:
        rows = table(place[place.index(f"| Column of the {what} |") :])
        (path,) = folder.glob(form)
        assert [quoted(row[0])[0] for row in rows] == list(pd.read_csv(path, nrows=0).columns)


def test_the_figures_of_a_run_are_told(written):
    (row,) = [row for row in table(section(DATA, PLACES["run"])) if "figures" in row[0]]
    assert set(quoted(row[1])) >= {path.stem for path in (written["run"] / "figures").iterdir()}


def test_the_table_for_people_has_the_glossarys_headings(written):
    heads = pd.read_csv(written["run"] / "meeting.csv", encoding="utf-8-sig", nrows=0).columns
    rows = table(section(GLOSSARY, "## Headings of page, workbook and note"))
    english = {row[1]: quoted(row[2]) for row in rows}
    assert [name for head in heads for name in english[head]] == [
        "unit",
        *writing.OUTLOOK[:1],
        *writing.OUTLOOK[2:],
    ]
    headings = in_each_language(lambda: [pack.heading(name, 0.8) for name in pack.SHOWN])
    told = set(zip(*headings, strict=True))
    assert told <= {(row[0], row[1]) for row in rows}


def test_the_sheets_of_the_workbook_are_told(written):
    rows = table(section(DATA, "### `meeting.xlsx`"))
    assert [row[1] for row in rows] == load_workbook(
        written["run"] / "meeting.xlsx", read_only=True
    ).sheetnames
    words = {WORDS[key] for key in WORDS if key.startswith(("sheet_", "answer_"))}
    assert {(row[0], row[1]) for row in rows} <= words


def test_arrays_keys_and_events_of_a_run_are_told(written):
    with np.load(written["run"] / "draws.npz") as saved:
        arrays = [*saved, "late"]  # which a run without earlier ones has not
        assert [quoted(row[0])[0] for row in table(section(DATA, "### `draws.npz`"))] == arrays
    record = journal.read(written["run"])
    assert [quoted(row[0])[0] for row in table(section(DATA, "### `run.json`"))] == list(record)
    told = {quoted(row[0])[0] for row in table(section(DATA, "### `journal.jsonl`"))}
    assert {event["event"] for event in events(written["run"])} <= told
    assert set(re.findall(r'_log\("(\w+)"', inspect.getsource(monthly))) == told


# the command line


@pytest.mark.parametrize("command", main.commands)
def test_every_option_is_told_and_has_help(command):
    told = section(CLI, f"## ocop-forecast {command}")
    for parameter in main.commands[command].params:
        if parameter.param_type_name == "option":
            assert all(f"  {name}" in told for name in parameter.opts)
            assert parameter.help
    assert f"(#ocop-forecast-{command})" in CLI


def test_every_exit_code_is_told():
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if hasattr(kind, "exit_code")]
    rows = table(section(CLI, "## Exit codes"))
    assert {int(row[0]) for row in rows} == {0, 2, *(kind.exit_code for kind in kinds)}


def test_every_variable_that_names_the_language_is_told():
    told = section(CLI, "## Languages")
    asked = re.search(r"names = \((.*?)\)", inspect.getsource(language))[1]
    assert [name for name in re.findall(r'"(\w+)"', asked) if f"`{name}`" not in told] == []


# the API


def test_every_public_name_has_its_section_once():
    wanted = re.findall(r"<!-- generated: api (.*?) -->", API)
    names = [name for one in wanted for name in one.split() if "." not in name]
    assert sorted(names) == sorted(ocop.__all__)


def test_the_modules_worth_knowing_tell_all_their_functions():
    own = [
        name
        for name, one in vars(plots).items()
        if inspect.isfunction(one) and one.__module__ == plots.__name__
    ]
    told = section(API, "### `ocop_forecast.plots`")
    assert [name for name in own if not name.startswith("_") and f"- `{name}(" not in told] == []


# the words


def test_the_glossarys_words_are_those_in_use():
    """A word that no page, message, header or README uses has no place there."""
    columns = [column for contract in schema.CONTRACTS.values() for column in contract.columns.values()]
    headers = [one for column in columns for one in column.metadata["headers"]]
    allowed = [one for column in columns for one in column.metadata["words"].values()]
    vietnamese = [
        *(vi for vi, _ in WORDS.values()),
        *headers,
        *allowed,
        DOCUMENTS["README.vi.md"],
        DOCUMENTS["docs/tour.vi.md"],
    ]
    english = [*(en for _, en in WORDS.values()), DOCUMENTS["README.md"], DOCUMENTS["docs/tour.md"], DATA]
    rows = [row for head in ("## The programme", "## The forecast") for row in table(section(GLOSSARY, head))]
    assert [word for row in rows for word in row[0].split(", ") if not stands(word, vietnamese)] == []
    assert [word for row in rows for word in row[1].split(", ") if not stands(word, english)] == []


def stands(word, texts):
    """Return whether a word stands in one of the texts, in any case and across lines."""
    return any(word.casefold() in " ".join(text.split()).casefold() for text in texts)


def test_the_glossarys_flags_are_those_of_the_rule():
    told = {quoted(row[2])[0]: row[3] for row in table(section(GLOSSARY, "## Flags"))}
    rule = ocop.Rule()
    assert f"{100 * rule.on_track:.0f}% or more" in told["on_track"]
    assert f"{100 * rule.at_risk:.0f}% to {100 * rule.on_track - 1:.0f}%" in told["at_risk"]
    assert f"below {100 * rule.at_risk:.0f}%" in told["needs_support"]
    assert all(label(f"flag_{flag}") in GLOSSARY for flag in told)


# every block


class Block(NamedTuple):
    """A fenced block: where it stands, what it says it is, and what is in it."""

    document: str
    line: int
    kind: str
    text: str
    generated: bool


def blocks(name):
    """Return the fenced blocks of a document."""
    text = DOCUMENTS[name]
    parts = [found.span(3) for found in reference.PART.finditer(text)]
    found = re.finditer(r"^( *)```([^\n`]*)\n(.*?)^\1```$", text, re.M | re.S)
    return [
        Block(
            name,
            text[: one.start()].count("\n") + 1,
            one[2].strip(),
            one[3],
            any(start <= one.start() < end for start, end in parts),
        )
        for one in found
    ]


BLOCKS = [block for name in DOCUMENTS if name not in ELSEWHERE for block in blocks(name)]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_document_with_tests_of_its_own_has_them(name):
    assert f'"{Path(name).name}"' in (Path(__file__).parent / ELSEWHERE[name]).read_text(encoding="utf-8")


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.document}:{block.line}")
def test_every_block_is_of_a_kind_that_is_executed_or_compared(block):
    """Kinds besides the typed ones: python and pycon are run below, text is compared, a bibtex entry too."""
    if block.kind in ("bash", "sh", "bat", "powershell"):
        assert [line for line in lines_of(block) if not can_be_typed(line)] == []
    elif block.kind == "text":
        assert block.generated or block.document in OUTPUTS
    elif block.kind == "pycon":
        assert block.generated
    else:
        assert block.kind == "python" or (block.kind == "bibtex" and block.document == "README.md")


@pytest.mark.parametrize("name", sorted({block.document for block in BLOCKS if block.kind == "python"}))
def test_the_python_of_a_document_runs(name, monkeypatch, capsys):
    style.offscreen()
    monkeypatch.chdir(ROOT)
    names = {}
    for block in BLOCKS:
        if (block.document, block.kind) == (name, "python"):
            names = {}
            with set_options():
                exec(compile(block.text, f"{name}:{block.line}", "exec"), names)
    said = capsys.readouterr().out
    told = {"docs/tour.md": "at risk", "docs/api.md": "needs support"}  # by all sources; by the trend alone
    if name in told:
        assert f"Ngọc Lặc: {told[name]}. 0 of 3 by September 2024." in said


def test_the_examples_of_the_api_need_no_more_than_its_lines_bring():
    """The docstrings that they are taken from run as doctests; here they follow the document's imports."""
    brought = set(dir(builtins))
    for line in [block.text for block in blocks("docs/api.md") if block.kind == "python"][-1].splitlines():
        names = {}
        exec(line, names)
        brought |= set(names)
    for block in blocks("docs/api.md"):
        if block.kind == "pycon":
            code = "\n".join(one.source for one in doctest.DocTestParser().get_examples(block.text))
            assert named(code, ast.Load) <= brought | named(code, ast.Store), block.line


def named(code, way):
    """Return the names that code reads, or those that it sets."""
    nodes = list(ast.walk(ast.parse(code)))
    found = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, way)}
    if way is ast.Store:
        found |= {node.name for node in nodes if isinstance(node, ast.ExceptHandler) and node.name}
        found |= {
            one.asname or one.name for node in nodes if isinstance(node, ast.ImportFrom) for one in node.names
        }
    return found


# what is typed


def lines_of(block):
    """Return the commands of a block, a line each, those that go on with a backslash joined."""
    text = block.text.replace("\\\n", " ") if block.kind in ("bash", "sh") else block.text.replace("\\", "/")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def can_be_typed(line):
    """Return whether a command is there: its program, target, script, file, extra, subcommand and options."""
    words = shlex.split(line, comments=True)
    while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
        words = words[1:]
    called, *more = words
    program = called.rpartition("/")[2] if called.startswith(".venv/") else called
    if program in TYPED:
        return TYPED[program](more)
    if called.startswith(".venv/"):
        return (Path(sys.executable).parent / program).exists()
    return (ROOT / called).is_file() if "/" in called else called in EVERYDAY


def of_make(more):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    makefile = makefile.replace("$(RUNS)", ".venv/.runs").replace("$(TESTS)", ".venv/.tests")
    return all(re.search(rf"^{re.escape(target)}:", makefile, re.M) for target in more)


def of_ours(more):
    """Return whether our command line takes these words; nothing is executed."""
    name, *rest = more
    if name not in main.commands:
        return name in ("--help", "--version")
    try:
        with click.Context(main) as root:  # which sets back the language that was asked for
            main.commands[name].make_context(name, rest, parent=root)
    except click.exceptions.Exit:  # of --help
        return True
    except click.UsageError:
        return False
    return True


def of_python(more):
    more = [word for word in more if not re.fullmatch(r"-3\.\d+", word)]  # of Windows' py
    if more[0] == "-m":
        return util.find_spec(more[1]) is not None
    return more[0] == "-c" or (ROOT / more[0]).is_file()


def of_pip(more):
    """Return whether the files and extras that are to be installed are there."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    files = [more[at + 1] for at, word in enumerate(more) if word == "-r"]
    named = re.findall(r"\.\[([\w,]+)\]", " ".join(more))
    wanted = {extra for one in named for extra in one.split(",")}
    return more[0] == "install" and all((ROOT / file).is_file() for file in files) and wanted <= set(extras)


def of_conda(more):
    file = (ROOT / "environment.yml").read_text(encoding="utf-8")
    if more[0] == "activate":
        return f"\nname: {more[1]}\n" in file
    return more == ["env", "create", "-f", "environment.yml"]


def of_file(more):
    return all(
        (ROOT / word).exists() or word.startswith(".venv/") for word in more if not word.startswith("-")
    )


TYPED = {
    "make": of_make,
    "ocop-forecast": of_ours,
    "python": of_python,
    "python3": of_python,
    "py": of_python,
    "pip": of_pip,
    "conda": of_conda,
    "source": of_file,
    "dask": lambda more: more[0] in ("scheduler", "worker"),
}
EVERYDAY = {"cd", "git", "mkdir"}


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("ocop-forecast run --budget 1.5e9 --lang en  # with a comment", True),
        ("ocop-forecast plan --budget 1.5e9 --at-most 3 --mountainous-first", True),
        ("ocop-forecast --help", True),
        ("ocop-forecast plan", False),  # wants a budget
        ("ocop-forecast run --budgets 1", False),
        ("ocop-forecast runs", False),
        ("make run", True),
        ("make runs", False),
        ("python tools/reference.py --check", True),
        ("python docs/references.py", False),
        ("pip install -e .[cluster]", True),
        ("pip install -e .[clusters]", False),
        (".venv/bin/ruff check .", True),
        (".venv/bin/rough check .", False),
        (".ci/run", True),
        (".ci/walk", False),
        ("unheard-of", False),
    ],
)
def test_what_is_typed_is_known_from_what_is_not(line, right):
    assert can_be_typed(line) == right


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name not in ("CHANGELOG.md", *ELSEWHERE)])
def test_commands_within_sentences_can_be_typed(name):
    """Those that are indented like a block, too; a command alone stands for whatever it is given."""
    text = re.sub(r"```.*?```", "", DOCUMENTS[name], flags=re.S)
    typed = re.findall(r"`((?:ocop-forecast|make|python) [^`]+)`", text.replace("\n", " "))
    typed += re.findall(r"^    (python [^\[\n]+?)(?: [A-Z_]+\S*)?(?: \[.*)?$", text, re.M)
    alone = {f"ocop-forecast {command}" for command in main.commands}
    assert [line for line in typed if line not in alone and not can_be_typed(line)] == []


# links and the list of documents


def places(text):
    """Return the places in a document that a link may lead to."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name):
    text = re.sub(r"```.*?```", "", DOCUMENTS[name], flags=re.S)
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        file, _, place = link.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        assert path.exists(), link
        if place:
            assert place in places(path.read_text(encoding="utf-8")), link


def test_every_document_stands_in_the_list():
    listed = re.findall(r"\]\(([^)]+\.md)\)", DOCUMENTS["docs/README.md"])
    listed = {(DOCS / link).resolve().relative_to(ROOT).as_posix() for link in listed}
    assert listed == set(DOCUMENTS) - {"docs/README.md"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_names_a_place_of_one_machine(name):
    assert re.findall(r"(?<![\w.])/(?:home|work|root|tmp|Users)/\S+", DOCUMENTS[name]) == []
