"""The forecast's views: all of them say what the draws say."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import small_forecast
from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast import Forecast, InputError


def test_the_year_end_is_what_is_known_plus_what_is_drawn():
    forecast = small_forecast()
    known = forecast.panel.loc["2024"].sum()
    expected = known.to_numpy() + forecast.draws.sum(axis=2)
    assert (forecast.year_end().to_numpy() == expected).all()
    assert (forecast.year_end() >= forecast.so_far).all(axis=None)


@given(st.integers(0, 50))
def test_the_province_is_the_sum_of_its_units_in_every_draw(seed):
    forecast = small_forecast(seed, draws=50)
    assert forecast.total().equals(forecast.year_end().sum(axis=1).rename("total"))
    assert (forecast.path().iloc[:, -1] == forecast.total()).all()


def test_a_unit_path_ends_at_its_year_end():
    forecast = small_forecast()
    for unit in forecast.units:
        assert (forecast.path(unit).iloc[:, -1] == forecast.year_end()[unit]).all()
        assert (forecast.path(unit).diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_a_few_units_have_the_draws_that_they_have_beside_all_others():
    whole = small_forecast()
    late = np.random.default_rng(0).poisson(0.5, (400, 3, 2))
    for forecast in (whole, replace(whole, late=late)):
        for view in (forecast.remaining, forecast.decided, forecast.year_end):
            pd.testing.assert_frame_equal(view(["390", "380"]), view()[["390", "380"]])


def test_the_long_table_holds_the_same_quantiles_and_means():
    forecast = small_forecast()
    long = forecast.frame(total="38")
    keyed = long.set_index(["unit", "target", "output_type_id"])["value"]
    assert keyed["389", "year_total", "0.9"] == forecast.quantiles([0.9]).loc["389", 0.9]
    assert keyed["38", "remaining", ""] == pytest.approx(forecast.remaining().to_numpy().sum(axis=1).mean())
    assert set(long["target"]) == {"remaining", "year_total", "month"}
    assert list(long["unit"].unique()) == ["380", "389", "390", "38"]
    assert len(long) == 4 * 8 * (2 + 3)


def test_the_long_table_tells_how_many_draws_reach_a_target():
    forecast = small_forecast()
    targets = pd.Series({"380": None, "389": 6, "38": 22}, dtype="Int64")  # one is not set yet
    told = forecast.frame(targets=targets, total="38").query("output_type == 'prob'").set_index("unit")
    assert told["output_type_id"].to_dict() == {"389": "6", "38": "22"}
    assert told.loc["389", "value"] == (forecast.year_end()["389"] >= 6).mean()
    assert told.loc["38", "value"] == (forecast.total() >= 22).mean()
    assert told["value"].between(0.1, 0.9).all()


def test_saving_and_loading_gives_the_same_forecast_and_the_same_bytes(tmp_path):
    forecast = small_forecast()
    forecast.save(tmp_path / "a.npz")
    forecast.save(tmp_path / "b.npz")
    loaded = Forecast.load(tmp_path / "a.npz")
    pd.testing.assert_frame_equal(loaded.panel, forecast.panel, check_names=False)
    assert (loaded.draws == forecast.draws).all()
    assert loaded.months.equals(forecast.months)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "b.npz"]


def test_the_saved_arrays_have_the_pinned_names(tmp_path):
    forecast = small_forecast()
    forecast.save(tmp_path / "draws.npz")
    with np.load(tmp_path / "draws.npz") as saved:
        assert saved["draws"].shape == (400, 3, 3)
        assert saved["draws"].dtype.kind == "u"
        assert saved["units"].tolist() == ["380", "389", "390"]
        assert saved["months"].tolist() == ["2024-10", "2024-11", "2024-12"]
        assert saved["so_far"].tolist() == forecast.so_far.tolist()


def test_saved_counts_are_small_and_can_be_subtracted(tmp_path):
    forecast = small_forecast()
    for more, kind in ((0, np.int16), (40_000, np.int64), (70_000, np.int64)):
        replace(forecast, draws=forecast.draws + more).save(tmp_path / "draws.npz")
        loaded = Forecast.load(tmp_path).draws
        assert loaded.dtype == kind
        np.testing.assert_array_equal(loaded - 9, forecast.draws + more - 9)


def test_saving_keeps_the_day_and_an_older_file_stands_at_its_month(tmp_path):
    forecast = small_forecast(as_of="2024-09-19")
    forecast.save(tmp_path / "day.npz")
    loaded = Forecast.load(tmp_path / "day.npz")
    assert loaded.as_of == forecast.as_of == pd.Period("2024-09-19", "D")
    assert loaded.months.equals(forecast.months)
    assert (loaded.year_end() == forecast.year_end()).all(axis=None)
    small_forecast().save(tmp_path / "month.npz")
    with np.load(tmp_path / "month.npz") as saved:
        older = {name: saved[name] for name in saved if name != "as_of"}
    np.savez(tmp_path / "older.npz", **older)
    assert Forecast.load(tmp_path / "older.npz").as_of == pd.Period("2024-09", "M")


@pytest.mark.parametrize("as_of", ["2024-10-02", "2024-13", "hôm qua", "2024"])
def test_a_saved_forecast_that_stands_at_another_time_is_refused(tmp_path, as_of):
    small_forecast().save(tmp_path / "draws.npz")
    with np.load(tmp_path / "draws.npz") as saved:
        arrays = {name: saved[name] for name in saved}
    np.savez(tmp_path / "draws.npz", **arrays | {"as_of": np.array(as_of)})
    with pytest.raises(InputError, match="not a saved forecast"):
        Forecast.load(tmp_path)


def test_a_truncated_or_missing_file_is_refused(tmp_path):
    small_forecast().save(tmp_path / "draws.npz")
    whole = (tmp_path / "draws.npz").read_bytes()
    for wrong in (whole[: len(whole) // 2], b"", b"text"):
        (tmp_path / "draws.npz").write_bytes(wrong)
        with pytest.raises(InputError, match="not a saved forecast"):
            Forecast.load(tmp_path)
    with pytest.raises(InputError):
        Forecast.load(tmp_path / "none.npz")


def test_draws_are_integers_of_the_right_shape_and_cannot_be_changed():
    forecast = small_forecast()
    with pytest.raises(ValueError, match="integers of shape"):
        Forecast(forecast.panel, forecast.months, forecast.draws * 1.0)
    with pytest.raises(ValueError, match="integers of shape"):
        Forecast(forecast.panel, forecast.months, forecast.draws[:, :2])
    with pytest.raises(ValueError, match="read-only"):
        forecast.draws[0, 0, 0] = 5


def test_at_a_day_the_rest_of_its_month_is_still_to_come():
    forecast = small_forecast(as_of="2024-09-19")
    assert forecast.months.astype(str).tolist() == ["2024-09", "2024-10", "2024-11", "2024-12"]
    known = forecast.panel.loc["2024"].sum().to_numpy()
    assert (forecast.year_end().to_numpy() == known + forecast.draws.sum(axis=2)).all()
    first = forecast.path("389").iloc[:, 0]
    assert (first == forecast.so_far["389"] + forecast.draws[:, 1, 0]).all()
    long = forecast.frame(total="38")
    assert set(long["as_of"]) == {"2024-09-19"}
    rest = long[(long["period"] == "2024-09") & (long["output_type"] == "mean")].set_index("unit")["value"]
    assert rest["389"] == pytest.approx(forecast.draws[:, 1, 0].mean())


def test_a_months_last_day_is_the_month():
    forecast = small_forecast()
    same = Forecast(forecast.panel, forecast.months, forecast.draws, pd.Period("2024-09-30", "D"))
    assert same.as_of == forecast.as_of == pd.Period("2024-09", "M")


@pytest.mark.parametrize("as_of", ["2024-10-01", "2024-08-31", "2024-08", "2024-10", "2024"])
def test_an_as_of_outside_the_panels_last_month_is_refused(as_of):
    forecast = small_forecast()
    with pytest.raises(ValueError, match="neither the panel's last month, 2024-09, nor a day in it"):
        Forecast(forecast.panel, forecast.months, forecast.draws, pd.Period(as_of))


@pytest.mark.parametrize(
    ("as_of", "months"),
    [
        ("2024-09", ["2024-09", "2024-10", "2024-11"]),
        ("2024-09", ["2024-11", "2024-12", "2025-01"]),
        ("2024-09", ["2024-10", "2024-12", "2025-01"]),
        ("2024-09-19", ["2024-10", "2024-11", "2024-12"]),
    ],
)
def test_months_that_do_not_follow_what_is_known_are_refused(as_of, months):
    forecast = small_forecast()
    with pytest.raises(ValueError, match=f"must follow {as_of} without gaps"):
        Forecast(forecast.panel, pd.PeriodIndex(months, freq="M"), forecast.draws, pd.Period(as_of))


def test_at_a_years_end_nothing_is_to_come():
    panel = small_forecast().panel.loc[:"2023-12"]
    forecast = Forecast(panel, pd.period_range("2024-01", periods=0, freq="M"), np.zeros((10, 3, 0), int))
    assert forecast.year == 2023
    assert (forecast.year_end() == panel.sum()).all(axis=None)


def test_a_forecast_into_the_next_year_starts_from_nothing():
    panel = small_forecast().panel.loc[:"2023-12"]
    forecast = Forecast(panel, pd.period_range("2024-01", "2024-12", freq="M"), np.ones((10, 3, 12), int))
    assert forecast.year == 2024
    assert (forecast.so_far == 0).all()
    assert (forecast.year_end() == 12).all(axis=None)
