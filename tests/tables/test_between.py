"""Between two states of a province: with all changes made it is the later one, with none the earlier."""

from itertools import combinations

import pandas as pd
import pytest

from ocop_forecast import read_province
from ocop_forecast.tables.between import CHANGES, between, differences


@pytest.fixture(scope="module")
def states():
    return [read_province(as_of=as_of, dossiers="example") for as_of in ("2024-07", "2024-09-12")]


@pytest.mark.parametrize(
    "made", [(), CHANGES, tuple(name for name in CHANGES if name not in ("target", "late"))]
)
def test_the_ends_are_the_states_themselves(states, made):
    state, same = between(*states, made), states[1 if made else 0]
    assert state.as_of == same.as_of
    pd.testing.assert_frame_equal(state.panel, same.panel)
    for name in ("rounds", "breaks", "targets", "dossiers"):
        ours, theirs = (getattr(one, name) for one in (state, same))
        columns = [*theirs.columns]
        pd.testing.assert_frame_equal(
            ours.sort_values(columns).reset_index(drop=True),
            theirs.sort_values(columns).reset_index(drop=True),
        )


def test_every_state_on_the_way_knows_nothing_of_later_than_its_day(states):
    ways = [made for size in range(len(CHANGES)) for made in combinations(CHANGES, size)]
    for made in (made for made in ways if "new" not in made or "time" in made):
        state = between(*states, made)
        end = state.as_of.end_time
        assert (state.register["decision_date"] <= end).all()
        assert state.panel.index[-1] == state.as_of.asfreq("M")
        assert (state.rounds.loc[state.rounds["status"] == "held", "date"] <= end).all()
        assert (state.rounds.loc[state.rounds["status"] == "planned", "date"] > end).all()


def test_a_round_that_was_held_is_a_plan_as_long_as_its_day_has_not_come(states):
    held = states[1].rounds
    held = held[(held["status"] == "held") & (held["date"] > states[0].as_of.end_time)]
    assert len(held)
    then = between(*states, ("rounds",)).rounds
    assert then[then["date"].isin(held["date"])]["status"].eq("planned").all()


def test_what_two_states_differ_in_is_named(states):
    assert differences(*states) == ("time", "new", "rounds", "dossiers")
    assert differences(states[0], states[0]) == ()
