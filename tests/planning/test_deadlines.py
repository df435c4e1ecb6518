"""What falls due when: certificates and rounds in one list."""

import pandas as pd

from ocop_forecast.planning.deadlines import COLUMNS, deadlines
from ocop_forecast.tables.certificates import due


def test_all_that_falls_due_stands_in_the_list_once_and_in_order(province):
    rows = deadlines(province)
    renew = rows[rows["what"] == "renew"]
    assert len(renew) == due(province.register, province.as_of).to_numpy().sum()
    assert rows["date"].is_monotonic_increasing
    assert [*rows] == COLUMNS


def test_planned_rounds_stand_in_it_and_held_ones_do_not(province):
    rows = deadlines(province, months=1)
    rounds = province.rounds
    planned = rounds[(rounds["status"] == "planned") & (rounds["date"] > province.as_of.end_time)]
    assert rows.loc[rows["what"] == "round", "date"].tolist() == sorted(planned["date"])


def test_without_rounds_it_holds_certificates_alone(folder):
    from ocop_forecast import read_province

    rows = deadlines(read_province(folder, as_of="2024-09"), months=36)
    assert set(rows["what"]) == {"renew"}
    assert rows["date"].max() <= pd.Timestamp("2027-09-30 23:59:59")
