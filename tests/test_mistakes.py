"""An analyst's mistakes end in a sentence that names the argument and what is allowed."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import ocop_forecast as ocop
from ocop_forecast import Forecast, TrendModel
from ocop_forecast.cli import main
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.terms import MOST


@pytest.fixture(scope="module")
def a():
    """A small panel with targets, and the results that lead from the embedded data to a plan."""
    months = pd.period_range("2021-01", "2024-09", freq="M")
    counts = np.random.default_rng(0).poisson(0.4, (len(months), 3))
    panel = pd.DataFrame(counts, months, ["380", "389", "390"])
    targets = pd.DataFrame({"unit": [*panel], "year": 2024, "target": [4, 3, 2]})
    results = TrendModel(panel, targets).fit()
    province = ocop.read_province(as_of="2024-09", dossiers="example")
    projection = ocop.project(province, seed=1, draws=100)
    outlook = ocop.assess(projection, province)
    plan = ocop.support(outlook, budget=5e8)
    made = {"province": province, "projection": projection, "outlook": outlook, "plan": plan}
    forecast = results.forecast(seed=1, draws=100)
    return SimpleNamespace(
        months=months, panel=panel, targets=targets, results=results, forecast=forecast, **made
    )


MISTAKES = {
    "panel empty frame": ("panel", lambda a: TrendModel(pd.DataFrame())),
    "panel series": ("panel", lambda a: TrendModel(a.panel["380"])),
    "panel ndarray": ("panel", lambda a: TrendModel(a.panel.to_numpy())),
    "panel list": ("panel", lambda a: TrendModel([1, 2, 3])),
    "panel None": ("panel", lambda a: TrendModel(None)),
    "panel path": ("panel", lambda a: TrendModel("data/register.csv")),
    "panel province": ("panel", lambda a: TrendModel(a.province)),
    "panel transposed": ("panel", lambda a: TrendModel(a.panel.T)),
    "panel long": ("panel", lambda a: TrendModel(a.panel.stack().reset_index())),
    "panel datetimeindex": ("panel", lambda a: TrendModel(a.panel.set_axis(a.panel.index.to_timestamp()))),
    "panel string idx": ("panel", lambda a: TrendModel(a.panel.set_axis(a.panel.index.astype(str)))),
    "panel quarterly": (
        "panel",
        lambda a: TrendModel(a.panel.iloc[:4].set_axis(pd.period_range("2024Q1", periods=4, freq="Q"))),
    ),
    "panel dict": ("panel", lambda a: TrendModel({"389": [1]})),
    "panel nounits": ("panel", lambda a: TrendModel(a.panel[[]])),
    "panel nomonths": ("panel", lambda a: TrendModel(a.panel.iloc[:0])),
    "panel gap": ("2021-05", lambda a: TrendModel(a.panel.drop(a.panel.index[3]))),
    "panel reversed": ("2024-08", lambda a: TrendModel(a.panel[::-1])),
    "panel dup month": ("2024-09", lambda a: TrendModel(pd.concat([a.panel, a.panel.iloc[-1:]]))),
    "panel intcols": ("unit code", lambda a: TrendModel(a.panel.rename(columns=int))),
    "panel dupcols": ("'380'", lambda a: TrendModel(a.panel.set_axis(["380", "380", "390"], axis=1))),
    "panel nan": ("unit 389", lambda a: TrendModel(a.panel.astype(float).mask(a.panel > 1))),
    "panel neg": ("unit 380", lambda a: TrendModel(a.panel - 1)),
    "panel frac": ("unit 380", lambda a: TrendModel(a.panel + 0.5)),
    "panel text": ("unit 380", lambda a: TrendModel(a.panel.astype(object).replace(0, "x"))),
    "tgt int codes2": ("targets", lambda a: TrendModel(a.panel, a.targets.assign(unit=[1, 2, 3]))),
    "tgt wrong year": ("targets", lambda a: TrendModel(a.panel, a.targets.assign(year=2019))),
    "tgt year text": ("targets", lambda a: TrendModel(a.panel, a.targets.assign(year="2024"))),
    "tgt year words": ("targets", lambda a: TrendModel(a.panel, a.targets.assign(year="năm nay"))),
    "tgt year frac": ("targets", lambda a: TrendModel(a.panel, a.targets.assign(year=2024.5))),
    "tgt unknown units": ("targets", lambda a: TrendModel(a.panel, a.targets.assign(unit=["a", "b", "c"]))),
    "tgt names": ("targets", lambda a: TrendModel(a.panel, a.targets.assign(unit=["Ngọc Lặc", "b", "c"]))),
    "tgt neg": ("targets", lambda a: TrendModel(a.panel, a.targets.assign(target=-1))),
    "tgt frac": ("targets", lambda a: TrendModel(a.panel, a.targets.assign(target=40.5))),
    "tgt text num": ("targets", lambda a: TrendModel(a.panel, a.targets.assign(target="40"))),
    "tgt words": ("targets", lambda a: TrendModel(a.panel, a.targets.assign(target="forty"))),
    "tgt inf": ("targets", lambda a: TrendModel(a.panel, a.targets.assign(target=np.inf))),
    "tgt bool": ("targets", lambda a: TrendModel(a.panel, a.targets.assign(target=True))),
    "tgt twice": ("targets", lambda a: TrendModel(a.panel, pd.concat([a.targets, a.targets]))),
    "tgt dict": ("targets", lambda a: TrendModel(a.panel, {"380": 3})),
    "tgt series": ("targets", lambda a: TrendModel(a.panel, pd.Series({"380": 3}))),
    "tgt list": ("targets", lambda a: TrendModel(a.panel, [3, 3, 3])),
    "tgt nocol": ("targets", lambda a: TrendModel(a.panel, a.targets.drop(columns="year"))),
    "rounds list": ("rounds", lambda a: TrendModel(a.panel, rounds=["2024-11-15"])),
    "rounds nocol": ("rounds", lambda a: TrendModel(a.panel, rounds=pd.DataFrame({"day": [1]}))),
    "breaks str": ("breaks", lambda a: TrendModel(a.panel, breaks="2023-01-01")),
    "breaks words": ("breaks", lambda a: TrendModel(a.panel, breaks=pd.DataFrame({"date": ["x"]}))),
    "as_of wrong": ("as_of", lambda a: TrendModel(a.panel, as_of="2023-01")),
    "as_of words": ("as_of", lambda a: TrendModel(a.panel, as_of="Dec")),
    "as_of int": ("as_of", lambda a: TrendModel(a.panel, as_of=2024)),
    "seed abc": ("seed", lambda a: a.results.forecast(seed="abc")),
    "seed 1.5": ("seed", lambda a: a.results.forecast(seed=1.5)),
    "seed None": ("seed", lambda a: a.results.forecast(seed=None)),
    "seed True": ("seed", lambda a: a.results.forecast(seed=True)),
    "seed neg": ("seed", lambda a: a.results.forecast(seed=-1)),
    "draws 0": ("draws", lambda a: a.results.forecast(seed=1, draws=0)),
    "draws 1e9": ("draws", lambda a: a.results.forecast(seed=1, draws=10**9)),
    "draws 1.5": ("draws", lambda a: a.results.forecast(seed=1, draws=1.5)),
    "draws str": ("draws", lambda a: a.results.forecast(seed=1, draws="many")),
    "until Dec": ("until", lambda a: a.results.forecast(seed=1, until="Dec")),
    "until early": ("until", lambda a: a.results.forecast(seed=1, until="2024-01")),
    "until far": ("until", lambda a: a.results.forecast(seed=1, until="2999-12")),
    "until int": ("until", lambda a: a.results.forecast(seed=1, until=12)),
    "rates seed": ("seed", lambda a: a.results.rates(seed="abc")),
    "rates draws": ("draws", lambda a: a.results.rates(seed=1, draws=10**9)),
    "project panel": ("province", lambda a: ocop.project(a.panel, seed=1)),
    "project path": ("province", lambda a: ocop.project("data", seed=1)),
    "project seed abc": ("seed", lambda a: ocop.project(a.province, seed="abc")),
    "project draws": ("draws", lambda a: ocop.project(a.province, seed=1, draws=10**9)),
    "project seed 1.5": ("seed", lambda a: ocop.project(a.province, seed=1.5)),
    "project earlier": ("earlier", lambda a: ocop.project(a.province, seed=1, earlier="x")),
    "assess swapped": ("province", lambda a: ocop.assess(a.province, a.projection)),
    "assess trend": ("forecast", lambda a: ocop.assess(a.results, a.province)),
    "assess panel": ("forecast", lambda a: ocop.assess(a.panel, a.province)),
    "assess targets": ("province", lambda a: ocop.assess(a.forecast, a.targets)),
    "assess rule": ("rule", lambda a: ocop.assess(a.projection, a.province, 0.7)),
    "assess other units": ("forecast", lambda a: ocop.assess(a.forecast, a.province)),
    "headline flags outlook": ("outlook", lambda a: ocop.headline(a.outlook.flags, a.outlook)),
    "headline forecast": ("outlook", lambda a: ocop.headline(a.forecast)),
    "headline projection": ("outlook", lambda a: ocop.headline(a.projection)),
    "headline unit unknown": ("unit", lambda a: ocop.headline(a.outlook, "Hà Nội")),
    "table forecast": ("outlook", lambda a: ocop.table(a.forecast)),
    "advice outlook": ("plan", lambda a: ocop.advice(a.outlook)),
    "advice unit": ("unit", lambda a: ocop.advice(a.plan, "Hà Nội")),
    "support forecast": ("outlook", lambda a: ocop.support(a.forecast, budget=1e9)),
    "support province": ("outlook", lambda a: ocop.support(a.province, budget=1e9)),
    "support budget text": ("budget", lambda a: ocop.support(a.outlook, budget="1,5 tỷ")),
    "support budget neg": ("budget", lambda a: ocop.support(a.outlook, budget=-1)),
    "support cost0": ("cost", lambda a: ocop.support(a.outlook, budget=1e9, cost=0)),
    "support effect 39": ("effect", lambda a: ocop.support(a.outlook, budget=1e9, effect=39)),
    "support effect text": ("effect", lambda a: ocop.support(a.outlook, budget=1e9, effect="high")),
    "support effect dict": ("effect", lambda a: ocop.support(a.outlook, budget=1e9, effect={"389": 0.5})),
    "support goal": ("goal", lambda a: ocop.support(a.outlook, budget=1e9, goal="districts")),
    "support at_most text": ("at_most", lambda a: ocop.support(a.outlook, budget=1e9, at_most="3")),
    "support at_most frac": ("at_most", lambda a: ocop.support(a.outlook, budget=1e9, at_most=1.5)),
    "support at_most list": ("at_most", lambda a: ocop.support(a.outlook, budget=1e9, at_most=[1, 2])),
    "support at_least neg": ("at_least", lambda a: ocop.support(a.outlook, budget=1e9, at_least=-1)),
    "support at_least unknown": (
        "at_least",
        lambda a: ocop.support(a.outlook, budget=1e9, at_least={"x": 1}),
    ),
    "support first int": ("first", lambda a: ocop.support(a.outlook, budget=1e9, first=[389])),
    "support capacity": ("capacity", lambda a: ocop.support(a.outlook, budget=1e9, capacity="x")),
    "scenario province": ("projection", lambda a: ocop.scenario(a.province, targets={"389": 1})),
    "scenario forecast": ("projection", lambda a: ocop.scenario(a.forecast, targets={"389": 1})),
    "scenario tgt neg": ("targets", lambda a: ocop.scenario(a.projection, targets={"389": -1})),
    "scenario tgt frac": ("targets", lambda a: ocop.scenario(a.projection, targets={"389": 1.5})),
    "scenario tgt int code": ("targets", lambda a: ocop.scenario(a.projection, targets={389: 1})),
    "scenario tgt list": ("targets", lambda a: ocop.scenario(a.projection, targets=[1])),
    "scenario tgt words": ("targets", lambda a: ocop.scenario(a.projection, targets={"389": "x"})),
    "scenario tgt nan": ("targets", lambda a: ocop.scenario(a.projection, targets={"389": np.nan})),
    "scenario round words": ("round", lambda a: ocop.scenario(a.projection, rounds="November")),
    "scenario round past": ("round", lambda a: ocop.scenario(a.projection, rounds="2024-01-01")),
    "scenario support": ("support", lambda a: ocop.scenario(a.projection, support=5e8)),
    "backtest proj": ("panel", lambda a: ocop.backtest(a.projection)),
    "backtest path": ("panel", lambda a: ocop.backtest("data")),
    "backtest level": ("level", lambda a: ocop.backtest(a.panel, origins="2023-09", level=80, draws=100)),
    "backtest draws": ("draws", lambda a: ocop.backtest(a.panel, origins="2023-09", draws=10**9)),
    "backtest seed": ("seed", lambda a: ocop.backtest(a.panel, origins="2023-09", seed="abc")),
    "backtest origin": ("origins", lambda a: ocop.backtest(a.panel, origins="Sep")),
    "backtest origin int": ("origins", lambda a: ocop.backtest(a.panel, origins=2023)),
    "backtest short": ("2024-05", lambda a: ocop.backtest(a.panel.iloc[-5:])),
    "chance so_far": ("so_far", lambda a: ocop.chance("52", 120, "2024-09")),
    "chance as_of": ("as_of", lambda a: ocop.chance(52, 120, "Sep")),
    "chance target0": ("target", lambda a: ocop.chance(52, 0, "2024-09")),
    "chance ref": ("reference", lambda a: ocop.chance(52, 120, "2024-09", reference="x")),
    "lang fr": ("lang", lambda a: ocop.set_options(lang="fr")),
    "lang 1": ("lang", lambda a: ocop.set_options(lang=1)),
    "lang list": ("lang", lambda a: ocop.set_options(lang=["vi"])),
    "lang English": ("lang", lambda a: ocop.set_options(lang="English")),
    "read as_of words": ("as_of", lambda a: ocop.read_province(as_of="Sep")),
    "read folder int": ("folder", lambda a: ocop.read_province(5)),
    "read folder missing": ("nothing", lambda a: ocop.read_province("nothing")),
    "read units_as": ("units-as", lambda a: ocop.read_province(units_as="district")),
    "read count_by": ("count-by", lambda a: ocop.read_province(count_by="x")),
    "read frame": ("folder", lambda a: ocop.read_province(a.panel)),
    "read none": ("folder", lambda a: ocop.read_province(None)),
    "rule": ("at_risk", lambda a: ocop.Rule(0.2, 0.8)),
    "rule text": ("on_track", lambda a: ocop.Rule("a")),
    "rule pct": ("at_risk", lambda a: ocop.Rule(70, 30)),
    "check int": ("path", lambda a: ocop.check(5)),
    "report swapped": ("folder", lambda a: ocop.write_report(a.province, a.projection, "x")),
    "report forecast": ("projection", lambda a: ocop.write_report("never written", a.province, a.forecast)),
    "report goal": (
        "goal",
        lambda a: ocop.write_report("never written", a.province, a.projection, budget=1e8, goal="x"),
    ),
    "report budget": (
        "budget",
        lambda a: ocop.write_report("never written", a.province, a.projection, budget="x"),
    ),
    "path unit": ("unit", lambda a: a.forecast.path("Ngọc Lặc")),
    "plot unit": ("unit", lambda a: a.forecast.plot("x")),
    "quantiles 80": ("level", lambda a: a.forecast.quantiles([80])),
    "frame levels": ("level", lambda a: a.forecast.frame([80])),
    "Forecast list": ("months", lambda a: Forecast(a.panel, a.months, [1])),
    "Forecast float": (
        "draws",
        lambda a: Forecast(a.panel, pd.period_range("2024-10", "2024-12", freq="M"), np.ones((2, 3, 3))),
    ),
    "Forecast months": (
        "months",
        lambda a: Forecast(a.panel, pd.period_range("2024-11", "2024-12", freq="M"), np.ones((2, 3, 2), int)),
    ),
    "Forecast load": ("nothing", lambda a: Forecast.load("nothing")),
    "unit unknown": ("Hà Nội", lambda a: a.province.unit("Hà Nội")),
}


@pytest.mark.parametrize(("named", "call"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_ends_in_a_sentence(a, named, call):
    with pytest.raises(ocop.OcopError) as caught:
        call(a)
    said = {}
    for lang in ("vi", "en"):
        with ocop.set_options(lang=lang):
            said[lang] = caught.value.tell()
    assert named in said["en"]
    assert said["vi"] != said["en"]
    assert all(one.endswith((".", ").")) for one in said.values()), said


READ = {
    "codes that were read as numbers": lambda t: t.assign(unit=[380, 389, 390]),
    "codes that were read as numbers with a point": lambda t: t.assign(unit=[380.0, 389.0, 390.0]),
    "targets that are whole, with a point": lambda t: t.assign(target=[4.0, 3.0, 2.0]),
    "a unit that the panel lacks besides": lambda t: pd.concat([t, t.iloc[:1].assign(unit="999")]),
}


@pytest.mark.parametrize("changed", READ.values(), ids=READ)
def test_targets_that_can_mean_one_thing_only_are_read_as_that(a, changed):
    model = TrendModel(a.panel, changed(a.targets))
    assert model.targets.loc[2024, [*a.panel]].tolist() == [4, 3, 2]
    rows = ocop.backtest(a.panel, changed(a.targets.assign(year=2023)), origins="2023-09", draws=100)
    assert rows.loc[rows["unit"] == "380", "target"].eq(4).all()
    outlook = Outlook.of(a.forecast, changed(a.targets))
    assert outlook.table.loc["380", "target"] == 4


def test_what_is_said_in_another_form_means_the_same(a):
    same = a.results.forecast(seed=1, draws=100.0, until="31/12/2024")
    assert (same.draws == a.forecast.draws).all()
    assert ocop.headline(a.outlook, 389) == ocop.headline(a.outlook, "389")
    table = a.forecast.frame(targets={"380": 4})
    assert table["output_type"].eq("prob").sum() == 1


@pytest.mark.parametrize("lang", ["EN", "en_US.UTF-8", "en-GB"])
def test_a_language_is_known_in_any_case_and_with_a_country(lang):
    with ocop.set_options(lang=lang):
        assert ocop.OcopError("folder_missing").tell().startswith("there is")


def test_as_many_draws_as_a_command_allows_may_be_asked_for():
    (option,) = [one for one in main.commands["run"].params if one.name == "draws"]
    assert option.type.max == MOST
