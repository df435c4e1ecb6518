"""What the years to come bring: its line, its warning, its table, its fan."""

from dataclasses import replace

import numpy as np
import pytest

import ocop_forecast as ocop
from ocop_forecast import style
from ocop_forecast.answers.answer import Asked
from ocop_forecast.answers.years import STYLES, answer
from ocop_forecast.i18n.catalogue import LANGUAGES, label


def asked(projection, province):
    """All that the answer is asked of."""
    return Asked(province, projection, ocop.assess(projection, province))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_answer_is_one_line_and_the_warning_stands_below(projection, province, lang):
    with ocop.set_options(lang=lang):
        told = answer(asked(projection, province))
        assert told.sentences[1] == label("years_warning", year=2030)
    assert len(told.sentences[0]) <= 200
    assert not any(sign in line for line in told.sentences for sign in "{}")


def test_sums_begin_with_next_year_and_have_no_sum_of_quantiles(projection, province):
    told = answer(asked(projection, province))
    table = told.table
    assert np.isnan(table["together"].iloc[0])
    assert table["together_lower"].iloc[1] == table["lower"].iloc[1]
    assert (
        table["together_lower"].iloc[-1] > table["lower"].iloc[1:].sum()
    )  # bad years do not all come at once
    assert {*STYLES} <= {*table}


def test_without_communes_it_says_what_to_enter(projection, province):
    untold = replace(province, register=province.register.assign(commune=None))
    told = answer(Asked(untold, projection, ocop.assess(projection, province)))
    assert told.sentences[2] == label("years_no_communes")


def test_the_fan_begins_with_past_years_and_widens(projection, province):
    axes = answer(asked(projection, province)).draw()
    past, middle = axes.get_lines()[0], axes.get_lines()[-1]
    assert past.get_xdata().tolist() == [*range(2019, 2024)]
    assert middle.get_xdata().tolist() == [*range(2024, 2031)]
    widest = axes.collections[0].get_datalim(axes.transData).height
    assert widest > axes.collections[1].get_datalim(axes.transData).height
    style.images(axes, ("png",), dpi=20)
