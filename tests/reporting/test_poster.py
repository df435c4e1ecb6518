"""The first screen: the chance as it has earned to be told, the groups in order, what is to be decided."""

from dataclasses import replace

import pandas as pd
import pytest
from conftest import small_forecast, small_targets

import ocop_forecast as ocop
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.planning.gains import gains
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.reporting.pack import Pack
from ocop_forecast.reporting.poster import SHOWN, poster

UNITS = ("380", "389", "390", "391")
COUNCILS = pd.DataFrame({"status": "planned", "date": pd.to_datetime(["2024-10-31", "2024-12-20"])})


def pack_of(earned=True, target=(20, 30, 40, 1), budget=0, **known):
    """Return a pack of four units: three far from their targets, the fourth there already."""
    forecast = replace(small_forecast(units=UNITS), earned=earned)
    outlook = Outlook.of(forecast, small_targets(UNITS, target), **known)
    plan = ocop.support(outlook, budget=budget) if budget else None
    return Pack(outlook, None, gains(outlook), plan=plan)


def said(pack):
    with set_options(lang="en"):
        return poster(pack)


@pytest.mark.parametrize("earned", [True, False])
def test_dots_are_shown_only_of_a_chance_that_has_earned_them(earned):
    pack = pack_of(earned)
    pack.outlook.table.loc["38", "p_reach"] = 0.205
    first = said(pack)
    assert (first.dots, first.band) == (21 if earned else None, "low")
    assert first.open


def test_of_a_target_that_is_met_no_chance_is_told():
    first = said(pack_of(target=(0, 0, 0, 1)))
    assert (first.open, first.dots, first.band, first.elsewhere) == (False, None, "", "")


@pytest.mark.parametrize(("earned", "order"), [(True, ["380", "389", "390"]), (False, ["390", "389", "380"])])
def test_where_the_record_failed_units_are_not_ranked_by_their_chances(earned, order):
    """Then those stand first that miss most."""
    pack = pack_of(earned)
    pack.outlook.table.loc[["380", "389", "390"], "p_reach"] = [0.01, 0.02, 0.03]
    needy, *_, fine = said(pack).groups
    assert [name for _, name, _ in needy.units] == [f"Huyện {code}" for code in order]
    assert [name for _, name, _ in fine.units] == ["Huyện 391"]


def test_a_long_group_is_cut_and_the_rest_is_counted():
    units = tuple(str(code) for code in range(100, 140))
    outlook = Outlook.of(small_forecast(units=units), small_targets(units, [99] * 40))
    needy, *_ = said(Pack(outlook, None, gains(outlook))).groups
    assert (needy.size, len(needy.units), needy.more) == (40, SHOWN, 40 - SHOWN)


def test_a_plan_is_proposed_with_its_money_its_deadline_and_why_it_leaves_units_out():
    """Two supports are enough for none that is far from its target; they go to the one that is near."""
    pack = pack_of(target=(40, 6, 60, 1), budget=100_000_000, rounds=COUNCILS)
    supported = pack.plan.table.query("supports > 0")["name"]
    needy = pack.outlook.ordered.query("flag == 'needs_support'")["name"]
    lines = said(pack).decisions
    assert all(name in lines[0] for name in supported)
    assert "100 million VND" in lines[1]
    left = [name for name in needy if name not in {*supported}]
    assert left
    assert any("not in the plan" in line and all(name in line for name in left) for line in lines)
    assert lines[-1].startswith("By when")
    assert "31 October 2024" in lines[-1]
    assert "20 December 2024" in lines[-1]


@pytest.mark.parametrize("earned", [True, False])
def test_a_plan_of_unproven_chances_says_so(earned):
    lines = said(pack_of(earned, target=(6, 6, 6, 1), budget=100_000_000)).decisions
    assert any("have not proved" in line for line in lines) == (not earned)


def test_without_a_plan_it_names_who_needs_support_and_what_all_of_it_could_cost():
    pack = pack_of()
    needy = pack.outlook.ordered.query("flag == 'needs_support'")
    lines = said(pack).decisions
    missing = int((needy["target"] - needy["so_far"]).sum())
    assert all(name in lines[0] for name in needy["name"])
    assert f"{missing * 50:,}" in lines[1]
    assert "the data hold none" in lines[-1]


def test_without_targets_the_meeting_is_asked_for_them():
    assert said(pack_of(target=(None,) * 4)).decisions[0].startswith("Set targets for 2024")


def test_who_has_not_reported_is_asked_to():
    lines = said(pack_of(silent={"380": (pd.Period("2024-09"),)})).decisions
    assert any("missing reports: Huyện 380" in line for line in lines)


def test_why_tells_councils_and_what_the_same_months_brought_in_past_years():
    pack = pack_of(rounds=COUNCILS)
    rest = int(pack.outlook.forecast.panel.loc["2023-10":"2023-12"].to_numpy().sum())
    because = said(pack).because
    assert "2 councils are still to come, the next on 31 October 2024" in because
    assert f"in 2023 the months after month 9 brought {rest} products" in because
