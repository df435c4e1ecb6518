"""The stock of certificates: what is new, renewed and run out, quarter by quarter, and how sure it is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ocop_forecast import TermsError, stock_ahead
from ocop_forecast.planning.renewal import WAIT, YEAR, learn_renewal
from ocop_forecast.planning.stock import LIFE, lived
from ocop_forecast.tables.certificates import certificates, lives

QUARTERS = 25
COUNTS = arrays(np.int64, (QUARTERS,), elements=st.integers(0, 5))


@pytest.fixture(scope="module")
def stock(projection, province):
    return stock_ahead(projection, province)


def living(new=None, due=None, lapsed=None, chance=0.5, back=0.1, draws=5, seed=0):
    """Let certificates live on in each of so many draws."""
    none = np.zeros(QUARTERS, int)
    new, due = (none if counts is None else np.asarray(counts) for counts in (new, due))
    lapsed = np.zeros(WAIT + QUARTERS, int) if lapsed is None else lapsed
    chances, rng = np.full((draws, QUARTERS), float(chance)), np.random.default_rng(seed)
    return lived(np.tile(new, (draws, 1)), due, lapsed, chances, np.full(draws, float(back)), rng)


@given(COUNTS, COUNTS, st.floats(0, 1), st.floats(0, 1))
def test_what_is_valid_is_new_and_renewed_less_run_out_by_cohort_and_draw(new, due, chance, back):
    renewed, expired = living(new, due, chance=chance, back=back)
    begun = np.concatenate([np.zeros((5, LIFE), int), (new + renewed)[:, :-LIFE]], axis=1)
    assert (expired == due + begun).all()  # each cohort runs out as it came, three years later
    valid = due.sum() + (new + renewed - expired).cumsum(axis=1)
    for at in range(QUARTERS):
        still = due[at + 1 :].sum() + (new + renewed)[:, max(0, at + 1 - LIFE) : at + 1].sum(axis=1)
        assert (valid[:, at] == still).all()


def test_certain_renewal_keeps_all_and_none_lets_all_lapse():
    due = np.arange(QUARTERS) % 4
    kept, out = living(due=due, chance=1, back=0)
    assert (kept == out).all()
    lost, out = living(due=due, chance=0, back=0)
    assert lost.sum() == 0
    assert (out == due).all()


def test_one_that_lapsed_comes_back_within_a_year_or_never():
    lapsed = np.zeros(WAIT + QUARTERS, int)
    lapsed[0] = 1000  # four quarters before the first: this is its last chance
    renewed, _ = living(lapsed=lapsed, chance=0, back=0.25, draws=1)
    assert 180 < renewed[0, 0] < 320
    assert renewed[0, 1:LIFE].sum() == 0
    lapsed[0], lapsed[3] = 0, 1000
    renewed, _ = living(lapsed=lapsed, chance=0, back=0.25, draws=1)
    assert renewed[0, :WAIT].sum() == pytest.approx(1000 * (1 - 0.75**WAIT), abs=50)
    assert renewed[0, WAIT:LIFE].sum() == 0


def test_the_stock_begins_with_what_is_valid_and_runs_out_as_certificates_say(stock, province):
    held = certificates(province.register, province.as_of)
    valid = held[held["status"] == "valid"]
    assert stock.start == len(valid)
    ends = valid["expires"].dt.to_period("Q").value_counts()
    first = stock.quarters[:LIFE]
    assert (stock.expired[:, :LIFE] == ends.reindex(first, fill_value=0).to_numpy()).all()
    assert (stock.valid[:, -1] == stock.start + (stock.new + stock.renewed - stock.expired).sum(axis=1)).all()


def test_the_new_ones_are_the_forecasts_and_the_later_years_own(stock, projection):
    assert (stock.new[:, 0] == projection.forecast.remaining().sum(axis=1)).all()
    totals = {year: stock.new[:, stock.quarters.year == year].sum(axis=1) for year in (2025, 2030)}
    assert totals[2025].mean() > 0
    assert totals[2030].std() > totals[2025].std()


def test_the_chance_of_a_goal_is_the_part_of_the_draws_that_reach_it(stock, projection, province):
    goal = int(np.median(stock.valid[:, stock.quarters == "2027Q4"]))
    asked = replace(stock, goals={2027: goal}).table.loc["2027Q4"]
    assert asked["goal"] == goal
    assert asked["p_reach"] == (stock.valid[:, stock.quarters == "2027Q4"] >= goal).mean()
    row = {"year": 2025, "four_star": None, "five_star": None, "valid": 500}
    goals = pd.DataFrame([row]).astype({"valid": "Int64"})
    entered = stock_ahead(projection, replace(province, goals=goals), until=2025).table
    assert entered["goal"].dropna().to_dict() == {pd.Period("2025Q4"): 500}


@pytest.mark.parametrize("terms", [{"until": 2024}, {"until": 2027.5}, {"goal": {2027: -1}}])
def test_what_cannot_be_asked_is_told(projection, province, terms):
    with pytest.raises(TermsError):
        stock_ahead(projection, province, **terms)


def test_no_per_cent_is_shown_in_its_face(stock):
    assert "%" not in repr(stock)


def lives_of(*rows):
    """Lives of certificates (unit, stars, expires, next, kind of the next decision)."""
    table = pd.DataFrame([*rows], columns=["unit", "stars", "expires", "next", "next_kind"])
    return table.assign(expires=pd.to_datetime(table["expires"]), next=pd.to_datetime(table["next"]))


def test_what_counts_as_renewed_in_time():
    rows = lives_of(
        ("389", 3, "2023-02-04", "2022-06-01", "upgraded"),
        ("389", 4, "2023-02-04", "2023-03-31", "re-recognised"),  # within the quarter
        ("389", 3, "2023-02-04", "2023-04-01", "re-recognised"),
        ("389", 3, "2023-02-04", None, None),
        ("389", 3, "2023-01-04", "2022-06-01", "revoked"),  # says nothing of renewal
        ("389", 3, "2024-11-04", "2024-06-01", "re-recognised"),  # its quarter is not over
    )
    renewal = learn_renewal(rows, pd.Period("2024Q3"), seed=1, draws=500)
    assert renewal.ended["renewed"].tolist() == [True, True, False, False]
    assert renewal.ended["rank"].tolist() == ["three", "more", "three", "three"]
    cases = renewal.shares["three"].cases
    assert cases.loc["389"].tolist() == pytest.approx([YEAR / (YEAR + 3), 3 * YEAR / (YEAR + 3)])
    assert renewal.back.mean() == pytest.approx((1 + 1) / (25 + 1 + WAIT), abs=0.01)


def test_the_lives_of_the_register_end_where_the_next_decision_begins(province):
    rows = lives(province.register, province.as_of)
    assert len(rows) == (province.register["kind"] != "revoked").sum()
    product = rows[rows["certificate"] == rows["certificate"].value_counts().index[0]]
    assert product["next"].iloc[:-1].notna().all()
    assert pd.isna(product["next"].iloc[-1])


def test_however_many_ran_out_a_year_tells_no_more_than_so_many():
    rows = lives_of(*[("389", 3, "2023-02-04", None, None)] * 1000)
    cases = learn_renewal(rows, pd.Period("2024Q3"), seed=1, draws=10).shares["three"].cases
    assert 0.98 * YEAR < cases["all"].sum() < YEAR


def simulated(rng, units=8, each=(20, 60), quarters=10, ahead=8, sd=0.5):
    """An office of known renewal: quarters that are over, and what is valid in the next ones is to come."""
    base, years = rng.beta(4, 4, units), sd * rng.standard_normal(5)
    back, last = 0.05, pd.Period("2024Q4")
    history, came, due, waiting = [], 0, [], []
    for unit in range(units):
        count = rng.integers(*each)
        ends = rng.integers(-quarters + 1, ahead + 1, count)
        for end in ends:
            quarter = last + int(end)
            odds = base[unit] / (1 - base[unit]) * np.exp(years[quarter.year - 2022])
            again = quarter if rng.random() < odds / (1 + odds) else None
            for late in range(1, WAIT + 1):
                again = quarter + late if again is None and rng.random() < back else again
            known = again is not None and again <= last
            history.append((f"{unit}", 3, quarter.start_time, again.start_time if known else None, None))
            due += [(f"{unit}", int(end))] if end > 0 else []
            waiting += [(f"{unit}", int(end))] if end <= 0 and not known else []
            came += again is not None and last < again <= last + ahead
    return lives_of(*history), due, waiting, came


def drawn(history, due, waiting, ahead, units, seed):
    """Draw how many are renewed in the quarters ahead, as `stock_ahead` does."""
    renewal = learn_renewal(history, pd.Period("2024Q4"), seed=seed, draws=200)
    moved, total = renewal.moved(pd.period_range("2025Q1", periods=ahead, freq="Q").year), 0
    for unit in map(str, range(units)):
        ends = np.bincount([at - 1 for one, at in due if one == unit], minlength=ahead)
        gone = [at + WAIT - 1 for one, at in waiting if one == unit and at > -WAIT]
        gone = np.bincount(gone, minlength=WAIT + ahead)
        rng, none = np.random.default_rng([seed, int(unit)]), np.zeros((200, ahead), int)
        chance = renewal.chances(unit, "three", moved)
        total = total + lived(none, ends, gone, chance, renewal.back, rng)[0].sum(axis=1)
    return total


def test_intervals_of_renewals_hold_on_offices_of_known_renewal():
    rng, held = np.random.default_rng(11), []
    for world in range(60):
        *known, came = simulated(rng)
        total = drawn(*known, ahead=8, units=8, seed=world)
        low, high = np.quantile(total, [0.1, 0.9], method="inverted_cdf")
        held.append(low <= came <= high)
    assert 0.7 <= np.mean(held) <= 0.93  # 80%, whole numbers a little more; sd 5 points
