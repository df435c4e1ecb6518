"""The house: floors, public names, light imports, words in both languages, packages in step."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from runpy import run_path
from string import Formatter

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import ocop_forecast
from ocop_forecast import bands
from ocop_forecast.answers import calendar, certificates, every, experts, promises, stars, targets, years
from ocop_forecast.evaluation import backtest
from ocop_forecast.files.reading import READERS
from ocop_forecast.i18n import catalogue
from ocop_forecast.i18n.catalogue import LANGUAGES, sentences
from ocop_forecast.models.trend import NOTES
from ocop_forecast.planning import optimum
from ocop_forecast.planning.explanation import PARTS
from ocop_forecast.planning.flags import FLAGS
from ocop_forecast.reporting import lab, nation, note, pack, poster, verdict, workbook
from ocop_forecast.tables import balance
from ocop_forecast.tables.validation import CHECKS, RESULTS

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ocop_forecast"
CONFIGURED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LAYERS = CONFIGURED["tool"]["importlinter"]["contracts"][0]["layers"]

COUNTED = ("forecasts", "outcomes", "hits", "false_alarms", "misses", "correct_rejections")
FACTS = ("known", "size", "growth", "followed", "lean", "month", "unit", "entered")

PUBLIC = {
    "Forecast", "InputError", "OcopError", "Rule", "TermsError", "TrendModel", "advice", "assess", "backtest",
    "chance", "check", "explain", "headline", "next_year", "project", "promised", "propose_targets",
    "read_province", "run_all", "run_batch", "scenario", "set_options", "stock_ahead", "support", "table",
    "write_report", "years_ahead",
}  # fmt: skip


def linted(folder):
    """Return the exit code of the import linter in a folder, and what it says."""
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    known = {**os.environ, "PYTHONPATH": str(folder), "PYTHONUTF8": "1"}
    done = subprocess.run(command, cwd=folder, env=known, capture_output=True, encoding="utf-8")
    return done.returncode, done.stdout


def test_a_room_imports_only_from_the_rooms_below_it():
    code, said = linted(ROOT)
    assert code == 0, said


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("files/sheet", "from ocop_forecast.tables import schema"),  # a room above
        ("errors", "from ocop_forecast import display"),  # a helper above
        ("models/total", "from . import trend"),  # a circle within a room
    ],
)
def test_an_import_that_climbs_is_named(tmp_path, module, line):
    shutil.copytree(PACKAGE, tmp_path / "ocop_forecast", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "ocop_forecast" / f"{module}.py").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    code, said = linted(tmp_path)
    assert code == 1
    assert f"{Path(module).name} ->" in said.partition("Broken contracts")[2]


@pytest.mark.parametrize(
    ("library", "owners"),
    [("statsmodels", {"models/season", "scores"}), ("matplotlib", {"style", "plots"})],
)
def test_heavy_libraries_have_their_owners(library, owners):
    pattern = re.compile(rf"^\s*(import|from) {library}\b", re.M)
    users = {path for path in PACKAGE.rglob("*.py") if pattern.search(path.read_text(encoding="utf-8"))}
    users = {path.relative_to(PACKAGE).with_suffix("").as_posix() for path in users}
    assert users == owners


def test_public_names_are_these_and_all_are_there():
    assert set(ocop_forecast.__all__) == PUBLIC
    assert all(getattr(ocop_forecast, name).__doc__ for name in PUBLIC)


def test_no_module_hides_a_public_name():
    """Importing a submodule sets it as an attribute of the package, in the place of a function so called."""
    assert not set(ocop_forecast.__all__) & {path.stem for path in PACKAGE.glob("*.py")}


def test_importing_the_package_is_light():
    heavy = "{'statsmodels', 'matplotlib', 'pandera'}"
    code = f"import sys, ocop_forecast; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def blanks(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_language_has_every_message_with_the_same_blanks():
    """Of one that has several forms each has those of its last, but for the blank that counts."""
    wanted = {key: blanks(forms[-1]) for key, forms in sentences(LANGUAGES[0]).items()}
    for lang in LANGUAGES:
        said = sentences(lang)
        assert {key: blanks(forms[-1]) for key, forms in said.items()} == wanted, lang
        assert [key for key, forms in said.items() if not all(text.strip() for text in forms)] == [], lang
        assert [key for key, forms in said.items() if not blanks(forms[0]) <= wanted[key]] == [], lang


def test_a_translator_sees_the_english_beside_every_message():
    english = sentences("en")
    for lang in set(LANGUAGES) - {"en"}:
        messages = [message for message in catalogue.read(lang) if message.id]
        keys = [message.id[0] if message.pluralizable else message.id for message in messages]
        told = {key: "\n".join(message.auto_comments) for key, message in zip(keys, messages, strict=True)}
        assert told == {key: forms[-1].replace("\n\n", "\n") for key, forms in english.items()}, lang


def test_a_third_language_is_one_more_folder(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "ocop_forecast", ignore=shutil.ignore_patterns("__pycache__"))
    locale = tmp_path / "ocop_forecast" / "i18n" / "locale"
    shutil.copytree(locale / "en", locale / "lo")
    code = "import ocop_forecast as o; o.set_options(lang='lo'); print(o.OcopError('folder_missing').tell())"
    known = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONUTF8": "1"}
    said = subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, env=known, encoding="utf-8")
    assert said.strip() == sentences("en")["folder_missing"][0]


def _notebooks():
    return "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "notebooks").glob("*.ipynb")))


def test_every_label_is_used():
    """A key stands in the code as it is, or is made of a family and one of its members."""
    columns = {
        *pack.SHOWN,
        *workbook.UNITS,
        *workbook.GAINS,
        *workbook.CHANGES,
        "reason",
        "because",
        *lab.HEADED,
    }
    columns |= {*stars.COLUMNS, *certificates.COLUMNS, *calendar.COLUMNS, "quarter"}
    columns |= {*promises.STYLES, *experts.STYLES, "supposed"}
    columns |= {*workbook.PLAN, *workbook.STANDING, *workbook.ASSUMED, *nation.COLUMNS}
    columns |= {*targets.STYLES, *years.STYLES}
    families = {
        "answer": [question.__module__.rpartition(".")[2] for question in every.QUESTIONS],
        "column_part": PARTS,
        "plot_waterfall": ("before", "now"),
        "flag": FLAGS,
        "count": FLAGS,
        "reason": (*FLAGS, "chance_unit", "chance_province", "committed", "submitted", "early"),
        "page_group": poster.GROUPS,
        "band": bands.NAMES,
        "by": ("decision", "programme"),
        "chance": ("unit", "year", "as_of", "so_far", "target", "final", "reached"),
        "column": columns,
        "fit": NOTES,
        "not": READERS,
        "method": backtest.METHODS,
        "record": ("unit", "province", "skill", "parts", "reliability", "flagged"),
        "score": {*verdict.SHARES, *verdict.DIGITS, *COUNTED},
        "units_as": ("commune", "historic-district"),
        "hint": {*READERS, "text", "choice", "unit"},
        "check": CHECKS,
        "found": CHECKS,
        "checked": RESULTS,
        "plan": (*optimum.GOALS, "nothing", "nothing_money", "nothing_targets"),
        "plan_terms": ("assumed", "own", "point"),
        "factor": ("passes", "in_time", "published", "assumed"),
        "plan_row": ("gets", "limit", "none"),
        "plan_without": ("limit", "none"),
        "plan_robust": ("low", "effect", "high"),
        "plot_budget": optimum.GOALS,
        "goal": optimum.GOALS,
        "memo": note.BLOCKS,
        "control": ("budget", "effect", "goal", "unit", "trend", "trend_alone"),
        "card": (
            *(
                "trend",
                "forecast",
                "projection",
                "outlook",
                "plan",
                "difference",
                "province",
                "name",
                "year",
                "as_of",
            ),
            *("model", "changes", "known", "before", "now", "moved", "targets", "rounds"),
            *("months", "draws", "seed", "units", "units_as", "count_by", "open", "weight", "not_entered"),
            "demo",
            *(
                "goal",
                "budget",
                "cost",
                "spent",
                "robust_choice",
                "proposal",
                "explanation",
                "years",
                "stock",
            ),
            *("valid", "promised", "trust"),
        ),
        "trend": [f"{fact}{said}" for fact in FACTS for said in ("", "_said")],
        "fate": [fate.replace(" ", "_") for fate in (*balance.COUNTED, *balance.LEFT_OUT)],
        "lab": [*re.findall(r'lab\.prose\(\\"(\w+)\\"', _notebooks()), "set_up"],
        "origin": lab.ORIGINS,
        "due": ("renew", "round"),
        "ics_round": ("province", "district", "central", "unsaid"),
        "data": nation.TOLD,
        "nation": nation.BOUNDS,
        "differs": (
            "as_of",
            "settings",
            "inputs",
            "code",
            "previous",
            "supposed",
            "late",
            "plans",
            "versions",
        ),
    }
    made = {f"{family}_{member}" for family, members in families.items() for member in members}
    paths = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".j2")]
    source = "".join(path.read_text(encoding="utf-8") for path in paths)
    keys = sentences(LANGUAGES[0])
    assert made <= keys.keys()
    assert [key for key in keys if f'"{key}"' not in source and key not in made] == []


PROJECT = CONFIGURED["project"]


def bounds(items):
    """Return the allowed versions by package, from lines such as "pandera[pandas]>=0.26"."""
    return {canonicalize_name(item.name): item.specifier for item in map(Requirement, items)}


def declared(*extras):
    """Return the versions that pyproject.toml allows, by package."""
    optional = (item for extra in extras for item in PROJECT["optional-dependencies"][extra])
    return bounds([*PROJECT["dependencies"], *optional])


def environment(file="environment.yml"):
    """Return the versions that a file for conda allows, by package; pip's too, but for the project itself."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    lines = lines[lines.index("dependencies:") :]
    allowed = bounds(line.strip()[2:] for line in lines if re.match(r" +- [a-z]+[^:]*$", line))
    return {{"matplotlib-base": "matplotlib"}.get(name, name): versions for name, versions in allowed.items()}


def test_conda_and_pyproject_allow_the_same_versions_of_the_same_packages():
    runs, tests = environment(), environment("environment-test.yml")
    assert tests.keys() - {"pip"} == declared("dev").keys() - declared().keys() - {"pytest"}
    allowed = runs | tests
    assert {name: allowed[name] for name in allowed.keys() - {"python", "pip"}} == declared("dev")
    assert runs.keys() - {"python", "pip", "pytest"} == declared().keys()


def test_the_same_pythons_are_named_everywhere():
    kind = "Programming Language :: Python :: "
    pythons = [line.removeprefix(kind) for line in PROJECT["classifiers"] if line.startswith(f"{kind}3.")]
    assert [*environment()["python"].filter(f"3.{minor}" for minor in range(100))] == pythons
    assert SpecifierSet(PROJECT["requires-python"]) == SpecifierSet(f">={pythons[0]}")
    assert f"Python {pythons[0]} to {pythons[-1]}" in (ROOT / "README.md").read_text("utf-8")


def pinned(file):
    """Return the versions that a lock pins with a hash, by package: perhaps another for some Pythons."""
    text = (ROOT / file).read_text(encoding="utf-8")
    found = {}
    for name, version in re.findall(r"^([\w.-]+)(?:\[.*?\])?==(\S+).*\\\n\s+--hash=sha256:", text, re.M):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


LOCKS = {"requirements.lock": (), "requirements-test.lock": ("dev",)}


@pytest.mark.parametrize(("file", "extras"), LOCKS.items())
def test_a_lock_pins_every_package_within_its_bounds_and_with_a_hash(file, extras):
    found, build = pinned(file), tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for name, allowed in (declared(*extras) | bounds(build["build-system"]["requires"])).items():
        assert found.get(name), name
        assert [*allowed.filter(found[name])] == found[name], name


def test_the_tests_run_with_what_a_run_runs_with():
    runs, tests = map(pinned, LOCKS)
    assert {name: tests.get(name) for name in runs} == runs
    assert not {"pytest", "ruff", "hypothesis"} & runs.keys()


def test_a_lock_names_every_extra_that_is_asked_for():
    """An old pip looks past the lock for X[extra] where the lock says X alone, and takes what is newest."""
    text = (ROOT / "requirements-test.lock").read_text(encoding="utf-8")
    assert {"coverage[toml]==", "jsonschema[format-nongpl]==", "bleach[css]=="} <= set(
        re.findall(r"^[\w.-]+\[.*?\]==", text, re.M)
    )


def code(path):
    """Return the Python of a file, or of a notebook's cells without their magic."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    cells = [cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    return "".join(line.rstrip() + "\n" for cell in cells for line in cell if not line.startswith("%"))


def imported(path):
    """Return the names, such as PIL, of what a file imports anywhere in it; none of Python's own."""
    found = set()
    for node in ast.walk(ast.parse(code(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module)
    return {name.partition(".")[0] for name in found} - sys.stdlib_module_names


homes = cache(packages_distributions)


def undeclared(paths, *extras):
    """Return what the files import that comes with no package that pyproject.toml names."""
    names = set().union(*map(imported, paths)) - {"ocop_forecast"}
    known = declared(*extras).keys()
    return {name for name in names if known.isdisjoint(map(canonicalize_name, homes().get(name, [name])))}


def test_the_package_imports_only_what_it_declares():
    optional = {PACKAGE / "batch" / "cluster.py"}  # the extra of its name brings what it needs
    assert undeclared({*PACKAGE.rglob("*.py")} - optional) == undeclared(optional, "cluster") == set()


def test_all_else_imports_only_what_is_declared():
    folders = [ROOT / name for name in ("tests", "benchmarks", "tools", "notebooks")]
    paths = [path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".ipynb")]
    paths = [path for path in paths if path.parent.name != "fuzz"]  # its README says what it needs
    assert undeclared(paths, "dev", "bench") <= {path.stem for path in paths}


def test_notebooks_hold_no_outputs():
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells), path.name


# what CONTRIBUTING.md, make and continuous integration promise each other


CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
BRANCHES = ROOT / "tools" / "branches.py"


def test_the_rooms_are_told_in_their_order():
    rooms = [name for line in LAYERS for name in re.findall(r"\w+", line)]
    told = CONTRIBUTING.partition("## The rooms\n")[2].partition("\n## ")[0]
    assert re.findall(r"^ {4}([a-z_0-9]+)(?:/|\.py)? {2,}\S", told, re.M) == rooms


def test_where_a_change_goes_is_there():
    table = CONTRIBUTING.partition("## Where does my change go?\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", table, re.M)[1:]
    assert len(rows) > 15
    named = {name for _, where, _, _ in rows for name in re.findall(r"`([\w/]+)`", where)} - {"_HOME"}
    named |= set(re.findall(r"`([\w.]+/[\w./]+|\w+\.(?:lock|md|py|toml|yml))`", CONTRIBUTING))
    assert [one for one in named if not (ROOT / one).exists() and not any(PACKAGE.glob(f"{one}*"))] == []


def test_a_commit_is_checked_as_make_lint_checks():
    lines = re.search(r"^lint:.*\n((?:\t.*\n)+)", MAKEFILE, re.M)[1].splitlines()
    venv = """git -c alias.venv='!PATH=".venv/bin:.venv/Scripts:$PATH"' venv """
    made = {"$(BIN)/": venv, "$(STRIP)": re.search(r"^STRIP := (.*)$", MAKEFILE, re.M)[1]}
    for name, text in made.items():
        lines = [line.strip().replace(name, text) for line in lines]
    hooks = re.findall(r"^ +entry: (.*)$", (ROOT / ".pre-commit-config.yaml").read_text("utf-8"), re.M)
    assert [line.removesuffix(" notebooks/*.ipynb") for line in lines] == hooks


@pytest.mark.parametrize(("taken", "code"), [(100, 0), (95, 0), (94, 1)])
def test_too_few_branches_of_the_core_fail(tmp_path, capsys, taken, code):
    script, told = run_path(str(BRANCHES)), {}
    for at, room in enumerate(script["CORE"]):
        counts = {"covered_branches": 0 if at else taken, "num_branches": 0 if at else 100}
        name = room if room.endswith(".py") else f"{room}/one.py"
        told[f"ocop_forecast/{name}"] = {"summary": counts, "missing_branches": []}
    path = tmp_path / "coverage.json"
    path.write_text(json.dumps({"files": told}), encoding="utf-8")
    assert script["main"](path) == code
    assert f"{taken}.0%" in capsys.readouterr().out
    path.write_text(json.dumps({"files": dict([*told.items()][1:])}), encoding="utf-8")
    with pytest.raises(SystemExit, match=script["CORE"][0]):
        script["main"](path)


def test_the_changes_of_this_version_are_told():
    assert f"\n## {ocop_forecast.__version__}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
