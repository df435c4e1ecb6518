"""Communes that fill up: what their products tell of it, and how far a unit then slows down."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocop_forecast.models.communes import MOST, fit_room

UNITS = pd.Series({"380": 12, "389": 6, "390": 2})


def register(chosen, communes=UNITS, seed=1, days=40):
    """A register of a product a unit and day, its commune as `chosen` takes it from what each has."""
    rng, rows = np.random.default_rng(seed), []
    for unit, number in communes.items():
        had = np.zeros(number)
        for day in pd.date_range("2021-01-01", periods=days, freq="30D"):
            weight = chosen(had)
            at = rng.choice(number, p=weight / weight.sum())
            rows.append((unit, f"Xã {at}", day))
            had[at] += 1
    table = pd.DataFrame(rows, columns=["unit", "commune", "decision_date"])
    return table.assign(event="new")


def test_what_slows_is_learned_from_where_products_came_up():
    fresh = fit_room(register(lambda had: 1 / (1 + had)), UNITS, batch=0.2)
    even = fit_room(register(np.ones_like), UNITS, batch=0.2)
    loyal = fit_room(register(lambda had: 1 + had), UNITS, batch=0.2)
    assert fresh.tiring > 0.6 > 0.15 > even.tiring >= loyal.tiring


def test_little_evidence_leaves_the_prior_and_batches_are_little():
    one = fit_room(register(np.ones_like, days=1), UNITS, batch=0.0)
    assert one.tiring == pytest.approx(0.24, abs=0.01)
    table = register(lambda had: 1 / (1 + had), days=12)
    alone, batches = (fit_room(table, UNITS, batch=batch).tiring for batch in (0.0, 20.0))
    assert alone > batches


def test_a_unit_slows_as_its_communes_say():
    """Two communes with none and with three, which share one product more as easily as they bring one."""
    table = pd.DataFrame({"unit": "380", "commune": ["A"] * 3, "event": "new"})
    room = fit_room(table.assign(decision_date=pd.Timestamp("2023-05-05")), pd.Series({"380": 2}), batch=0.0)
    t = room.tiring
    first = 1 / (1 + 4**-t)
    then = (1 + first) ** -t + (4 + (1 - first)) ** -t
    assert room.left[0, :2] == pytest.approx([1, then / (1 + 4**-t)])
    assert (room.without, room.communes) == (1, 2)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(["380", "389"]), st.integers(0, 5)), min_size=1, max_size=12))
def test_rates_only_fall_and_order_changes_nothing(rows):
    table = pd.DataFrame(rows, columns=["unit", "commune"]).astype({"commune": str})
    table = table.assign(event="new", decision_date=pd.date_range("2022-01-01", periods=len(rows)))
    units = pd.Series({"380": 6, "389": 3})
    room, turned = (fit_room(one, units, batch=0.1) for one in (table, table[::-1]))
    assert (room.left[:, 0] == 1).all()
    assert (np.diff(room.left, axis=1) <= 0).all()
    assert (room.left == turned.left).all()
    more = room.of(np.array([[0, 3], [MOST, 10 * MOST]]))
    assert more[0].tolist() == [1, room.left[1, 3]]
    assert more[1].tolist() == room.left[:, -1].tolist()


def test_where_communes_are_not_told_nothing_is_said():
    table = register(np.ones_like)
    assert fit_room(table.assign(commune=pd.NA), UNITS, batch=0.1) is None
    assert fit_room(table.assign(event="upgraded"), UNITS, batch=0.1) is None
    assert fit_room(table, UNITS.astype("Int64").replace(2, pd.NA), batch=0.1) is None
    spelt = table.assign(commune=table["commune"].str.upper())
    assert fit_room(spelt, UNITS, batch=0.1).tiring == fit_room(table, UNITS, batch=0.1).tiring
