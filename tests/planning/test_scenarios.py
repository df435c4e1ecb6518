"""What if: differences are of the plan, on the same futures, and come with their uncertainty."""

from dataclasses import replace

import numpy as np
import pytest

import ocop_forecast as ocop
from ocop_forecast.models.known import Known
from ocop_forecast.models.projection import combined
from ocop_forecast.planning.attainment import attainment

NGOC_LAC = "389"


@pytest.fixture(scope="module")
def trend_alone(province):
    """Without dossiers every draw is the trend's."""
    known = Known(province.panel, province.as_of, province.targets, province.rounds, province.breaks)
    return combined(known, seed=2024, draws=1000)


def test_no_change_is_no_difference(projection):
    told = ocop.scenario(projection)
    assert (told.forecast.draws == projection.forecast.draws).all()
    assert (told.table[["change", "error", "products", "lower", "upper"]] == 0).all(axis=None)


def test_the_table_is_of_both_outlooks(projection, province):
    told = ocop.scenario(projection, rounds=["2024-11-15"])
    before = attainment(projection.forecast, province.targets)
    assert told.table["p_before"].equals(before["p_reach"].rename("p_before"))
    assert told.table["p_reach"].equals(told.outlook.table["p_reach"])
    assert told.table["change"].to_numpy() == pytest.approx(told.table["p_reach"] - told.table["p_before"])
    assert told.table.index[-1] == "38"


def test_support_moves_its_unit_and_no_other_and_is_surer_than_two_forecasts(projection, province):
    plan = ocop.support(ocop.assess(projection, province), budget=1e8, at_least={NGOC_LAC: 2})
    table = ocop.scenario(projection, support=plan).table
    others = table.drop([NGOC_LAC, "38"])
    assert (others[["change", "products"]] == 0).all(axis=None)
    assert table.loc["38", "products"] == pytest.approx(table.loc[NGOC_LAC, "products"])
    row = table.loc[NGOC_LAC]
    apart = np.sqrt(sum(p * (1 - p) for p in row[["p_before", "p_reach"]]) / 1000)
    assert 0 < row["error"] < 0.7 * apart


def test_a_changed_target_moves_its_own_probability(projection, province):
    easier = ocop.scenario(projection, targets={NGOC_LAC: 1})
    assert easier.outlook.table.loc[NGOC_LAC, "target"] == 1
    assert easier.table.loc[NGOC_LAC, "change"] > 0.2
    assert easier.outlook.province["target"] == 118
    assert province.targets.query("unit == '389' and year == 2024")["target"].item() == 3


def test_a_higher_target_draws_effort_to_it_in_the_trend(trend_alone):
    more = ocop.scenario(trend_alone, targets={NGOC_LAC: 12}).table
    assert more.loc[NGOC_LAC, "products"] > 0
    assert more.loc[NGOC_LAC, "change"] < 0


def test_the_trend_keeps_its_draws_and_adds_or_takes_some(trend_alone):
    """Its means change by little; so must every draw, by a product or two and mostly not at all."""
    told = ocop.scenario(trend_alone, rounds=["2024-11-15"])
    more = told.forecast.draws.sum(axis=2) - trend_alone.forecast.draws.sum(axis=2)
    assert (more == 0).mean() > 0.5
    assert told.table.loc["38", "products"] > 0
    assert told.table.loc["38", "error"] < 0.02


def test_the_changed_trend_has_the_means_that_a_new_fit_gives(trend_alone):
    trend = trend_alone.trend  # of which no draw has the target's total
    trend_alone = replace(trend_alone, forecast=trend, base=trend, source=None)
    known = Known(
        trend_alone.known.panel,
        trend_alone.known.as_of,
        trend_alone.known.targets.assign(
            target=lambda table: table["target"].mask(
                (table["unit"] == NGOC_LAC) & (table["year"] == 2024), 12
            )
        ),
        trend_alone.known.rounds,
        trend_alone.known.breaks,
    )
    anew = known.trend().expected().sum(axis=1)
    told = ocop.scenario(trend_alone, targets={NGOC_LAC: 12}).forecast.remaining().mean()
    base = trend_alone.results.expected().sum(axis=1)
    assert trend_alone.forecast.remaining().mean().sum() == pytest.approx(base.sum(), rel=0.05)
    assert told[NGOC_LAC] / trend_alone.forecast.remaining().mean()[NGOC_LAC] == pytest.approx(
        anew[NGOC_LAC] / base[NGOC_LAC], rel=0.15
    )


def test_a_plan_adds_and_never_takes(projection, province):
    plan = ocop.support(ocop.assess(projection, province), budget=1_500_000_000)
    told = ocop.scenario(projection, support=plan)
    more = told.forecast.year_end() - projection.forecast.year_end()
    assert (more >= 0).all(axis=None)
    assert (more.max() <= plan.table["supports"]).all()
    rank = plan.dossiers.groupby("unit").cumcount()
    given = plan.dossiers[rank < plan.dossiers["unit"].map(plan.table["supports"])]
    expected = (given["unit"].map(plan.effects["effect"]) * (1 - given["chance"])).sum()
    chances = dict(
        zip(projection.pipeline.waiting["dossier"], projection.coming.chance.round(2), strict=True)
    )
    assert len(given) == plan.table["supports"].sum()
    assert given["chance"].tolist() == given["dossier"].map(chances).tolist()
    assert told.table.loc["38", "products"] == pytest.approx(expected, rel=0.05)
    units = told.outlook.units
    assert units["p_reach"].to_numpy() == pytest.approx(plan.table["p_with"].to_numpy(), abs=0.06)


def test_a_target_can_be_set_where_the_year_had_none(province):
    december = ocop.read_province(as_of="2024-12")
    known = Known(december.panel, december.as_of, december.targets)
    told = ocop.scenario(combined(known, seed=1, draws=100), targets={NGOC_LAC: 1})
    assert told.outlook.table.loc[NGOC_LAC, "target"] == 1
    assert told.outlook.table.drop([NGOC_LAC, "38"])["target"].isna().all()


def test_where_nothing_is_known_nothing_is_said(trend_alone, province):
    bare = combined(Known(province.panel, province.as_of, province.targets), seed=1, draws=100)
    with pytest.raises(ValueError, match="knows no calendar"):
        ocop.scenario(bare, rounds=["2024-11-15"])
    with pytest.raises(ValueError, match="no targets"):
        ocop.scenario(combined(Known(province.panel, province.as_of), seed=1, draws=100))
    held = province.rounds[province.rounds["status"] == "held"]
    only = combined(Known(province.panel, province.as_of, province.targets, held), seed=1, draws=100)
    with pytest.raises(ValueError, match="knows no calendar"):
        ocop.scenario(only, rounds=["2024-12-10"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"targets": {"nowhere": 2}}, "nowhere"),
        ({"targets": {NGOC_LAC: -1}}, "from 0 up"),
        ({"rounds": ["2024-09-10"]}, "after 2024-09"),
        ({"rounds": ["2025-01-10"]}, "2024-12"),
    ],
)
def test_what_cannot_be_is_told(projection, change, said):
    with pytest.raises(ValueError, match=said):
        ocop.scenario(projection, **change)
