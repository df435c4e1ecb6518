"""The house: floors, public names, light imports, words in both languages, packages in step."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from inspect import getsource
from pathlib import Path
from string import Formatter

import pytest

import ocop_forecast
from ocop_forecast import answer, labels, optimum, record, verdict, workbook
from ocop_forecast.checks import CHECKS, RESULTS
from ocop_forecast.labels import LANGUAGES, WORDS
from ocop_forecast.plan import FLAGS
from ocop_forecast.reading import READERS
from ocop_forecast.trend import NOTES

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ocop_forecast"

FLOORS = [
    {"labels", "files", "pages", "settings", "ooxml", "councils", "mixed"},
    {"errors", "encoding", "printout", "kernels", "ink", "grid", "charts", "paper", "effect"},
    {"archive", "keys", "excel", "jobs", "ledger"},
    {"cells", "crosswalk", "gazetteer", "mergers", "schema"}
    | {"plots", "counts", "season", "panel", "simulate", "scores", "peers"},
    {"layout"},
    {"sheet", "units", "events", "dossiers", "forecast", "total", "shares"},
    {"reading", "calendar", "outlook", "change", "earlier", "passage"},
    {"tables", "trend", "pipeline", "journeys"},
    {"register", "plan", "pool"},
    {"province", "gain", "optimum", "counsel"},
    {"cluster", "door", "record", "imprint", "allocation"},
    {"answer", "projection"},
    {"workbook", "page", "note", "verdict", "template", "standing", "what_if"},
    {"report", "checks", "warm", "workers", "meeting", "controls"},
    {"batch", "progress"},
    {"cli"},
]
FLOOR = {module: number for number, floor in enumerate(FLOORS) for module in floor}

PUBLIC = {
    "Forecast", "InputError", "OcopError", "Province", "Rule", "TrendModel", "TrendResults", "advice",
    "attainment", "backtest", "certificates", "check", "coverage", "flag", "headline", "monthly_counts",
    "project", "read_breaks", "read_dossiers", "read_province", "read_register", "read_rounds",
    "read_targets", "read_units", "scenario", "stock", "support", "table",
}  # fmt: skip


def imports(module):
    """Return the modules of the package that one of them imports, wherever in the file."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found |= {node.module} if node.module else {alias.name for alias in node.names}
    return {name for name in found if name in FLOOR}


def test_every_module_stands_on_a_floor():
    assert {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"} == set(FLOOR)


@pytest.mark.parametrize("module", sorted(FLOOR))
def test_imports_go_only_downwards(module):
    upward = {other for other in imports(module) if FLOOR[other] >= FLOOR[module]}
    assert not upward, f"{module} (floor {FLOOR[module]}) imports {upward}, which stand no lower"


@pytest.mark.parametrize(
    ("library", "owners"), [("statsmodels", {"season", "mixed"}), ("matplotlib", {"ink", "plots"})]
)
def test_heavy_libraries_have_their_owners(library, owners):
    pattern = re.compile(rf"^\s*(import|from) {library}\b", re.M)
    users = {path.stem for path in PACKAGE.glob("*.py") if pattern.search(path.read_text(encoding="utf-8"))}
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


@pytest.mark.parametrize("key", sorted(WORDS))
def test_every_label_is_in_both_languages_with_the_same_blanks(key):
    assert len(WORDS[key]) == len(LANGUAGES)
    assert all(text.strip() for text in WORDS[key])
    vietnamese, english = WORDS[key]
    assert blanks(vietnamese) == blanks(english)


def test_every_label_is_used():
    """A key stands in the code as it is, or is made of a family and one of its members."""
    columns = {*answer.SHOWN, *workbook.UNITS, *workbook.GAINS, *workbook.CHANGES, "reason", "because"}
    columns |= {*workbook.PLAN, *workbook.STANDING, *workbook.ASSUMED}
    families = {
        "flag": FLAGS,
        "count": FLAGS,
        "reason": (*FLAGS, "chance_unit", "chance_province"),
        "column": columns,
        "fit": NOTES,
        "not": READERS,
        "method": record.METHODS,
        "record": ("unit", "province", "skill", "reliability", "flagged"),
        "score": {*verdict.SHARES, *verdict.DIGITS, *verdict.COUNTS},
        "units_as": ("commune", "historic-district"),
        "hint": {*READERS, "text", "choice", "unit"},
        "check": CHECKS,
        "checked": RESULTS,
        "plan": (*optimum.GOALS, "nothing", "nothing_money", "nothing_targets"),
        "plan_terms": ("assumed", "own", "point"),
        "factor": ("passes", "added", "published", "assumed"),
        "plan_row": ("gets", "limit", "none"),
        "plan_robust": ("low", "effect", "high"),
        "plot_budget": optimum.GOALS,
        "goal": optimum.GOALS,
        "control": ("budget", "effect", "goal"),
        "differs": ("as_of", "settings", "inputs", "previous", "versions"),
    }
    made = {f"{family}_{member}" for family, members in families.items() for member in members}
    paths = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".j2") and path.stem != "labels"]
    source = "".join(path.read_text(encoding="utf-8") for path in paths) + getsource(labels.chances)
    source += "".join(map(getsource, (labels.chance, labels.percent)))
    assert made <= set(WORDS)
    assert [key for key in WORDS if f'"{key}"' not in source and key not in made] == []


def test_environment_and_pyproject_name_the_same_packages():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {*project["dependencies"], *project["optional-dependencies"]["dev"]}
    lines = (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()
    lines = lines[lines.index("dependencies:") :]
    named = {line.strip()[2:] for line in lines if re.match(r" +- [a-z]+[^:]*$", line)}
    names = {re.split(r"[>=\[]", item)[0] for item in asked}
    assert names == {re.split(r"[>=\[]", item)[0] for item in named} - {"python", "pip"}


def test_the_lock_pins_every_package_with_a_hash():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for item in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        name = re.split(r"[>=\[]", item)[0].replace("_", "-")
        assert re.search(rf"^{name}==.*?\\\n\s+--hash=sha256:", text, re.M), name


def test_notebooks_hold_no_outputs():
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells), path.name
