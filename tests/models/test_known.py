"""What was known at a past month end is kept by what it says: nothing is fitted twice."""

from dataclasses import replace

import pandas as pd
import pytest

from ocop_forecast.models.known import Known

ORIGIN = pd.Period("2023-09", "M")
DAY = ORIGIN.end_time


@pytest.fixture(scope="module")
def known(province):
    return replace(Known.of(province), past={})


def visits_after(known):
    """Return the visits without what came after the origin."""
    seen = known.visits[known.visits["entered"] <= DAY]
    later = ~(seen["left"] <= DAY)
    return seen.assign(left=seen["left"].mask(later), exit=seen["exit"].mask(later, ""))


def visits_before(known):
    """Return the visits as if one that had ended by the origin were still to end."""
    gone = known.visits.index[known.visits["left"] <= DAY][0]
    return known.visits.assign(exit=known.visits["exit"].where(known.visits.index != gone, "lost"))


def panel_of(known, month):
    panel = known.panel.copy()
    panel.loc[pd.Period(month), panel.columns[0]] += 1
    return panel


def targets_of(known, year):
    own = known.targets["year"] == year
    return known.targets.assign(target=known.targets["target"].mask(own, known.targets["target"] + 1))


def counts_of(known, month):
    counts = known.plans.counts.copy()
    counts.loc[pd.Period(month), counts.columns[-1]] += 1
    return replace(known.plans, counts=counts)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("visits", lambda known: known.visits.copy()),
        ("visits", visits_after),
        ("panel", lambda known: panel_of(known, "2023-10")),
        ("targets", lambda known: targets_of(known, 2024)),
        ("plans", lambda known: counts_of(known, "2024-01")),
        ("rounds", lambda known: None),
    ],
)
def test_a_past_of_which_two_states_say_the_same_is_one(known, name, change):
    then = known.at(ORIGIN)
    assert replace(known, **{name: change(known)}).at(ORIGIN) is then


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("visits", visits_before),
        ("visits", lambda known: None),
        ("panel", lambda known: panel_of(known, "2023-08")),
        ("targets", lambda known: targets_of(known, 2023)),
        ("targets", lambda known: None),
        ("plans", lambda known: counts_of(known, "2023-08")),
        ("plans", lambda known: None),
        ("breaks", lambda known: None),
        ("count_by", lambda known: "programme"),
    ],
)
def test_a_past_of_which_a_state_says_otherwise_is_its_own(known, name, change):
    then, other = known.at(ORIGIN), replace(known, **{name: change(known)})
    assert other.at(ORIGIN) is not then
    told = getattr(other.at(ORIGIN), name)
    assert told is None or not (
        told.equals(getattr(then, name)) if isinstance(told, pd.DataFrame) else told == getattr(then, name)
    )
