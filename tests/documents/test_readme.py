"""What READMEs and tours say is so: outputs are the commands', figures the run's, languages are twins."""

import re
import runpy
import sys
from calendar import month_name
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from conftest import locked

import ocop_forecast as ocop
from ocop_forecast import style
from ocop_forecast.batch import monthly
from ocop_forecast.cli import main
from ocop_forecast.evaluation import backtest, baselines
from ocop_forecast.i18n.catalogue import LANGUAGES, label, set_options
from ocop_forecast.models import projection
from ocop_forecast.planning import support
from ocop_forecast.planning.effects import assumed
from ocop_forecast.tables.dossiers import CANDIDATES, PASSED

MONTHS = month_name[1:]
ROOT = Path(__file__).resolve().parents[2]
NAMES = {"en": "README.md", "vi": "README.vi.md"}
EDITIONS = {lang: (ROOT / name).read_text(encoding="utf-8") for lang, name in NAMES.items()}
README = EDITIONS["en"]
GUIDES = {"en": "tour.md", "vi": "tour.vi.md"}
TOURS = {lang: (ROOT / "docs" / name).read_text(encoding="utf-8") for lang, name in GUIDES.items()}
SECTIONS = {lang: [*text.split("\n## "), *TOURS[lang].split("\n## ")] for lang, text in EDITIONS.items()}
TITLES = [section.splitlines()[0] for section in SECTIONS["en"]]
TWINS = {  # Vietnamese: English
    "docs/tour.vi.md#nhiều-tỉnh-cùng-lúc": "docs/tour.md#many-provinces",
    "README.vi.md": "README.md",
    "docs/own_province.vi.md": "docs/own_province.md",
    "docs/past.vi.svg": "docs/past.svg",
    "docs/how_it_works.vi.md": "docs/how_it_works.md",
    "docs/tour.vi.md": "docs/tour.md",
}
TWINS |= {name.removeprefix("docs/"): twin.removeprefix("docs/") for name, twin in TWINS.items()}
TWINS["../README.vi.md"] = "../README.md"


def texts(document):
    """Return what a document says that commands print."""
    return re.findall(r"```text\n(.*?)\n```", document, re.S)


def once(function):
    """Return a function that gives its first answer again: a language moves no figure."""
    given = []

    def answer(*tables, **terms):
        if not given:
            given.append(function(*tables, **terms))
        return given[0]

    return answer


@pytest.fixture(scope="module")
def told():
    """The embedded data's forecast with the run's defaults, its outlook and its flags."""
    style.offscreen()
    province, settings = ocop.read_province(), monthly.Settings()
    projected = ocop.project(province, draws=settings.draws, seed=settings.seed)
    outlook = ocop.assess(projected, province)
    return SimpleNamespace(province=province, projected=projected, outlook=outlook)


@pytest.fixture(scope="module")
def plans(told, tmp_path_factory):
    """Language -> what `ocop-forecast plan --budget 1.5e9` prints; planned once, on `told`'s forecast."""
    settings = monthly.Settings()

    def project(_province, **terms):
        assert terms == {"seed": settings.seed, "draws": settings.draws, "earlier": []}
        return told.projected

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "project", project)
        patch.setattr(support, "support", once(support.support))
        return {lang: asked(tmp_path_factory, "plan", "--budget", "1.5e9", lang=lang) for lang in LANGUAGES}


@pytest.fixture(scope="module")
def backtests(tmp_path_factory):
    """Language -> what `ocop-forecast backtest` prints, and its folder; the past is forecast once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtest, "backtest", once(backtest.backtest))
        return {lang: asked(tmp_path_factory, "backtest", lang=lang) for lang in LANGUAGES}


def asked(folders, command, *more, lang):
    """Return what a command prints but for its last line, which names the folder; and the folder."""
    out = folders.mktemp(f"{command}-{lang}")
    done = CliRunner().invoke(main, [command, *more, "--lang", lang, "--out", str(out)])
    assert done.exit_code == 0, done.output
    return done.stdout.rstrip("\n").rpartition("\n")[0].rstrip("\n"), out / f"2024-09-{command}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_output_is_what_its_command_prints(lang, told, plans, backtests):
    with set_options(lang=lang):
        run = "\n".join([told.province.caution(), ocop.headline(told.outlook)])
    verdict = backtests[lang][0].partition("\n\n")[0]
    assert texts(TOURS[lang])[2:] == [run, verdict, plans[lang][0]]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_stands_before_any_register_is_what_its_two_commands_print(lang, tmp_path):
    """An office without a register: one line, and a progress report; no notebook changes what a run says."""
    first, second, *_ = re.findall(r"```bash\nocop-forecast (.*)\n```", TOURS[lang])
    said = CliRunner().invoke(main, first.split()).stdout.partition("\n\n")[0]
    asks = second.replace("data/", f"{ROOT}/data/", 1).split()
    done = CliRunner().invoke(main, [*asks, "--only-pack", "--out", str(tmp_path)])
    run = done.stdout.rstrip("\n").rpartition("\n")[0]
    assert texts(TOURS[lang])[:2] == [said, run], done.output


def test_the_models_document_tells_the_tables_of_the_backtest_and_what_the_benchmark_prints(backtests):
    tables, benchmark, *_ = texts((ROOT / "docs" / "model.md").read_text(encoding="utf-8"))
    assert tables == backtests["en"][0].partition("\n\n")[2]
    source = (ROOT / "benchmarks" / "pipeline.py").read_text(encoding="utf-8")
    first, *lines, last = benchmark.splitlines()
    assert re.fullmatch(r"\d+ provinces of \d+ units, as of September; mean RPS of a unit", first)
    assert [line[:55].strip() for line in lines] == re.findall(r'\("(dossiers .*?)", ', source)
    assert all(re.fullmatch(r"\d\.\d{3}  \(95 %: \d\.\d{3} to \d\.\d{3}\)", line[56:]) for line in lines)
    assert re.fullmatch(r"mean weight of the pipeline: \d\.\d\d, \d\.\d\d, \d\.\d\d", last)


def test_what_support_is_assumed_to_do_is_what_its_command_prints(capsys):
    document = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    (command,) = re.findall(r'`python -c "(from ocop_forecast\.planning\.effects .*?)"`', document)
    exec(command, {})
    assert texts(document)[2] == capsys.readouterr().out.rstrip("\n")


@locked
@pytest.mark.parametrize(("at", "name"), [(3, "truth"), (4, "sources")])
def test_what_the_class_and_the_sources_say_is_what_their_benchmarks_print(monkeypatch, capsys, at, name):
    monkeypatch.setattr(sys, "argv", [f"{name}.py"])
    runpy.run_path(str(ROOT / "benchmarks" / f"{name}.py"), run_name="__main__")
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.rstrip().splitlines())
    assert texts((ROOT / "docs" / "model.md").read_text(encoding="utf-8"))[at] == printed


def test_the_targets_worth_is_told_of_each_of_its_benchmarks_worlds():
    worlds = runpy.run_path(str(ROOT / "benchmarks" / "target.py"))["WORLDS"]
    heads, *lines = texts((ROOT / "docs" / "model.md").read_text(encoding="utf-8"))[5].splitlines()
    assert heads.split()[:3] == ["provinces", "weight", "RPS"]
    assert [line.rpartition("  60 ")[0].strip() for line in lines] == list(worlds)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_on_how_the_forecast_thinks_shows_what_chance_prints(lang):
    page = (ROOT / "docs" / {"en": "how_it_works.md", "vi": "how_it_works.vi.md"}[lang]).read_text("utf-8")
    (command,) = re.findall(r"```bash\nocop-forecast (.*)\n```", page)
    assert command.endswith(f" --lang {lang}")
    assert texts(page) == [CliRunner().invoke(main, command.split()).stdout.rstrip("\n")]


def test_low_probabilities_were_too_low_as_the_readme_says(backtests):
    promised, reached = re.search(
        r"than 30% \((\d+)% on average\), (\d+)% reached", backtests["en"][0]
    ).groups()
    assert int(promised) < int(reached)
    with set_options(lang="en"):
        assert label("record_coin") in backtests["en"][0]


def test_the_readmes_figures_are_the_runs(told, backtests):
    row = told.outlook.province
    drawn = len(list((backtests["en"][1] / "figures").iterdir()))
    effect = assumed(["389"])["effect"].iloc[0]
    for said in (
        f"the province had {row['so_far']} of {row['target']}.",
        f"through {told.outlook.as_of.month} months ends at {row['naive']:.0f},",
        f"{len(told.province.units)} district notebooks",
        f"{len(baselines.METHODS)} simple methods",
        f"writes them with {drawn} pictures",
        f"{100 * effect:.0f}% is the pass share",
        f"({sum(PASSED)} of {sum(CANDIDATES)}) times 0.5",
    ):
        assert said in f"{README}{TOURS['en']}".replace("\n", " "), said


@locked
@pytest.mark.parametrize(("lang", "picture"), [("en", "past.svg"), ("vi", "past.vi.svg")])
def test_the_readmes_picture_of_the_past_is_the_backtests(backtests, lang, picture):
    drawn = (backtests[lang][1] / "figures" / "past.svg").read_bytes()
    assert drawn == (ROOT / "docs" / picture).read_bytes()


@locked
def test_the_picture_of_other_places_is_that_of_the_class(monkeypatch, tmp_path):
    """After a change that is meant: ``python tools/pictures.py``."""
    pytest.importorskip("playwright")
    style.offscreen()
    lived = runpy.run_path(str(ROOT / "tools" / "pictures.py"))["lived"]
    monkeypatch.setitem(lived.__globals__, "DOCS", tmp_path)
    lived()
    assert {path.name for path in tmp_path.iterdir()} == {"experience.svg", "experience.vi.svg"}
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (ROOT / "docs" / path.name).read_bytes(), path.name


# the twins


def test_both_languages_have_as_many_sections():
    assert len(SECTIONS["vi"]) == len(SECTIONS["en"])


def english(text):
    """Return Vietnamese code or a link's target as it is in the English README."""
    text = re.sub(r'(--lang |lang="|2024-09-)vi\b', r"\1en", text)
    return TWINS.get(text, text)


def code(section):
    """Return the blocks of a section that are typed, and the words in the sentences that are."""
    blocks = re.findall(r"```(?!text)\w+\n.*?```", section, re.S)
    return [*map(english, blocks)], Counter(map(english, re.findall(r"`([^`\n]+)`", prose(section))))


def links(section):
    """Return where the links and pictures of a section lead, in their order."""
    return [english(target) for target in re.findall(r"\]\(([^)]+)\)", prose(section))]


def prose(section):
    return re.sub(r"```.*?```", "", section, flags=re.S)


def numbers(section, lang):
    """Return the numbers in a section's sentences, as its language writes them; months are numbers too."""
    words = re.sub(r"`[^`\n]+`|\]\([^)]+\)", "", prose(section))
    if lang == "vi":
        words = re.sub(r"(?<=\d)\.(?=\d{3}\b)", "", words)
        words = re.sub(r"(?<=\d),(?=\d)", ".", words)
    else:
        words = re.sub(r"(?<=\d),(?=\d{3}\b)", "", words)
        words = re.sub("|".join(MONTHS), lambda month: str(MONTHS.index(month[0]) + 1), words)
    return Counter(re.findall(r"\d+(?:\.\d+)*", words))


def rows(section):
    """Return how many rows, points and paragraphs a section has."""
    lines = prose(section).split("\n")
    points = Counter(line[:2] for line in lines if line.startswith(("| ", "- ", "![")))
    return points, len(re.findall(r"\n\n", prose(section)))


@pytest.mark.parametrize("at", range(len(TITLES)), ids=TITLES)
def test_a_section_says_the_same_in_both_languages(at):
    ours, theirs = SECTIONS["en"][at], SECTIONS["vi"][at]
    assert code(theirs) == code(ours)
    assert links(theirs) == links(ours)
    assert numbers(theirs, "vi") == numbers(ours, "en")
    assert rows(theirs) == rows(ours)


def test_numbers_are_read_as_each_language_writes_them():
    assert numbers("1,500 of 43.3% on 23 December 2019", "en") == Counter(
        ["1500", "43.3", "23", "12", "2019"]
    )
    assert numbers("1.500 trong 43,3%, ngày 23/12/2019", "vi") == Counter(
        ["1500", "43.3", "23", "12", "2019"]
    )


# how to cite


def test_the_citation_is_the_same_in_the_readme_for_programs_and_in_the_package():
    cff = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    entry = re.search(r"```bibtex\n(.*?)```", README, re.S)[1]
    said = dict(re.findall(r"^  (\w+) = \{+(.*?)\}+,?$", entry, re.M))
    known = dict(re.findall(r'^(?:  - )?([\w-]+): "?(.*?)"?$', cff, re.M))
    assert said["version"] == known["version"] == ocop.__version__ == version("ocop-forecast")
    assert (said["title"], said["author"], said["license"]) == (
        known["title"],
        known["name"],
        known["license"],
    )
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith(f"{said['license']} License")
    assert f"(c) {said['year']} {said['author'].replace('The', 'the', 1)}" in licence
