"""Promises: how far they are believed hangs on their record; a draw stays one future of the province."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import ocop_forecast as ocop
from ocop_forecast.evaluation.simulated_counts import prior, simulate
from ocop_forecast.models.known import Known
from ocop_forecast.models.projection import Projection
from ocop_forecast.planning import promises
from ocop_forecast.planning.promises import promised
from ocop_forecast.scores import rps


def commitments(*rows):
    """A table of promises: unit, day, products."""
    table = pd.DataFrame(rows, columns=["unit", "said_on", "december"])
    return table.assign(said_on=pd.to_datetime(table["said_on"]))


@pytest.fixture(scope="module")
def heard(projection, province):
    """Two districts promise more and less than is expected."""
    said = commitments(("389", "2024-09-20", 9), ("390", "2024-09-20", 7))
    return promised(projection, replace(province, commitments=said))


def test_a_promise_moves_its_unit_in_whole_futures_and_leaves_the_others(heard, projection):
    before, after = projection.forecast, heard.forecast
    others = ~before.units.isin(["389", "390"])
    assert (after.draws[:, others] == before.draws[:, others]).all()
    for unit in ("389", "390"):
        at = before.units.get_loc(unit)
        assert {*map(tuple, after.draws[:, at])} <= {*map(tuple, before.draws[:, at])}
        ends = pd.DataFrame({"was": before.year_end()[unit], "now": after.year_end()[unit]})
        assert (ends.sort_values(["was", "now"])["now"].diff().dropna() >= 0).all()  # each keeps its rank
    row = heard.table.loc["389"]
    assert row["expected_heard"] > row["expected"]
    assert heard.table.loc["390", "expected_heard"] < heard.table.loc["390", "expected"]
    assert (after.year_end().sum(axis=1) == after.total()).all()
    assert heard.province["expected_heard"] == pytest.approx(heard.units["expected_heard"].sum())


def test_without_a_record_a_promise_is_hardly_believed(heard, projection):
    assert heard.trust == 0.1
    assert heard.record.empty
    assert heard.table["kept"].isna().all()
    draws = projection.forecast.year_end()["389"]
    assert heard.table.loc["389", "expected_heard"] - draws.mean() < 0.1 * (9 - draws.mean())


def test_of_a_year_the_last_promise_counts_and_of_past_years_the_one_nearest_in_the_calendar(
    projection, province
):
    said = commitments(
        *(("389", "2024-05-10", 20), ("389", "2024-09-20", 4), ("389", "2023-12-30", 1)),
        *(("389", "2023-09-10", 8), ("389", "2022-10-01", 6), ("389", "2018-06-01", 6)),
    )
    told = promised(projection, replace(province, commitments=said))
    assert told.table.loc["389", "promised"] == 4
    assert told.record["said_on"].dt.strftime("%Y-%m-%d").tolist() == ["2022-10-01", "2023-09-10"]
    panel = province.panel["389"]
    assert told.record["came"].tolist() == [
        panel["2022-10":"2022-12"].sum(),
        panel["2023-09":"2023-12"].sum(),
    ]
    shuffled = promised(projection, replace(province, commitments=said.iloc[::-1]))
    assert (shuffled.forecast.draws == told.forecast.draws).all()


def test_without_a_promise_of_the_year_there_is_nothing_to_hear(projection, province):
    with pytest.raises(ocop.TermsError, match="2024"):
        promised(projection, province)
    with pytest.raises(ocop.TermsError, match="2024"):
        promised(projection, replace(province, commitments=commitments(("389", "2023-09-20", 4))))


def test_what_one_promise_teaches_by_hand(monkeypatch):
    """Of two normal variables the mean of one given the other."""
    monkeypatch.setattr(promises, "GRID", np.array([[1.0, 0.3, 0.5, 0.4]]))
    monkeypatch.setattr(promises, "SLOPES", {1.0: 1.0})
    past = pd.DataFrame({"unit": ["a"], "year": [2023], "promised": [9.5], "came": [4.5], "expected": [3.5]})
    now = pd.DataFrame({"unit": ["a", "b"], "year": 2024})
    told = promises._learn(past, now)
    off, own = np.log(10 / 5) - np.log(2.5), 0.36 + 0.25 + 0.09 + 0.16
    for at, common in enumerate((0.36 + 0.09, 0.36)):
        assert told.mean[0, at] == pytest.approx(np.log(2.5) + common / own * off, abs=1e-6)
        assert told.variance[0, at] == pytest.approx(own - common**2 / own, abs=1e-6)


def test_weights_leave_a_fifth_of_the_draws_and_are_tempered_no_more_than_that_takes():
    weight = promises._tempered(np.exp(-(np.linspace(0, 9, 1000) ** 2) * 4))
    assert 0.2 <= weight.sum() ** 2 / (weight**2).sum() / 1000 < 0.3
    even = np.linspace(0.5, 1, 1000)
    assert promises._tempered(even) == pytest.approx(even)


def simulated(seed):
    """A province of ten units as of September, and what the trend forecasts."""
    told = simulate(prior(seed), seed=seed, as_of="2024-09", units=10)
    known = Known(told.panel, told.panel.index[-1], told.targets)
    trend = known.trend().forecast(seed=1, draws=500)
    return told, Projection(trend, known.trend(), trend, trend, known, 1, None)


def worth(seeds, says, province):
    """RPS of a unit with the promises heard and without, and how far these are believed, by province."""
    for seed in seeds:
        told, projection = simulated(seed)
        panel = pd.concat([told.panel, told.came])
        rest = panel[panel.index.month > 9].groupby(lambda month: month.year).sum().loc[2021:]
        had = panel[panel.index.month <= 9].groupby(lambda month: month.year).sum().loc[2021:2024]
        noise = np.exp(0.3 * np.random.default_rng(seed).standard_normal(rest.shape))
        december = (had + (says(rest) * noise).round()).astype(int)
        rows = [
            (unit, f"{year}-09-30", december.loc[year, unit]) for year in december.index for unit in december
        ]
        targets = told.targets.assign(name=told.targets["unit"], province="p", province_name="P")
        heard = promised(projection, replace(province, targets=targets, commitments=commitments(*rows)))
        both = (heard.forecast, projection.forecast)
        yield (
            [rps(one.remaining().to_numpy(), told.came.sum().to_numpy()).mean() for one in both],
            heard.trust,
        )


def test_honest_promises_lower_the_error_and_worthless_ones_do_no_harm(province):
    honest, trust = zip(*worth(range(5), lambda rest: 2.5 * rest, province), strict=True)
    scores = np.array(honest)
    assert (scores[:, 0] < scores[:, 1]).all()
    assert scores[:, 0].mean() < 0.7 * scores[:, 1].mean()
    assert min(trust) > 0.9
    usual, trust = zip(*worth(range(5), lambda rest: 2.5 * rest.mean() + 0 * rest, province), strict=True)
    more = np.subtract(*np.transpose(usual))
    assert more.mean() < more.std(ddof=1) / np.sqrt(len(more)) + 1e-9
    assert max(trust) < 0.4
