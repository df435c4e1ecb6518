"""Several years and the next one: one set of draws, told as a table, as units and as an outlook."""

from dataclasses import replace

import numpy as np
import pytest

from ocop_forecast import TermsError, next_year, years_ahead


def test_next_year_is_the_first_of_the_years(projection, province):
    years, outlook = years_ahead(projection, province), next_year(projection, province)
    assert (outlook.forecast.year_end().to_numpy() == years.draws[:, :, 0]).all()
    assert outlook.forecast.draws[:, :, :3].tolist() == projection.forecast.draws.tolist()
    assert (
        outlook.province[["median", "lower", "upper"]].tolist()
        == years.table.loc[2025, ["median", "lower", "upper"]].tolist()
    )
    assert (years.years, years.draws.shape) == ([*range(2025, 2031)], (1000, 27, 6))


def test_the_table_begins_with_this_year_and_is_the_sum_of_the_units(projection, province):
    years = years_ahead(projection, province)
    assert years.table["median"].iloc[0] == np.quantile(
        projection.forecast.total(), 0.5, method="inverted_cdf"
    )
    assert years.by_unit.sum().to_numpy() == pytest.approx(years.table["mean"].to_numpy())
    assert "2030" in repr(years)


def test_without_communes_the_years_are_drawn_as_if_none_filled_up(projection, province):
    untold = replace(province, register=province.register.assign(commune=None))
    assert years_ahead(projection, province).room.communes == 547
    assert years_ahead(projection, untold).room is None
    older = replace(province, units=province.units.drop(columns="communes"))  # as earlier versions kept them
    assert years_ahead(projection, older).room is None


@pytest.mark.parametrize("until", [2024, 2030.5, "2030"])
def test_a_year_that_is_none_to_come_is_told(projection, province, until):
    with pytest.raises(TermsError):
        years_ahead(projection, province, until=until)


def test_swapped_arguments_are_told(projection, province):
    with pytest.raises(TermsError):
        years_ahead(province, projection)
