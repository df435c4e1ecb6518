"""Dossiers: a dossier is one whatever its rows, and only what is open can still come."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast.tables.dossiers import STAGES, closed, dated, recognitions, visits, waiting
from ocop_forecast.tables.schema import DOSSIERS


def rows(*steps, code="H1", product="Gạo nếp", producer="HTX A", unit="389", kind=None):
    """Return rows of one dossier from (stage, day)."""
    table = pd.DataFrame(steps, columns=["stage", "stage_date"])
    table["stage_date"] = pd.to_datetime(table["stage_date"]).astype("datetime64[s]")
    return table.assign(dossier_code=code, product=product, producer=producer, unit=unit, kind=kind)


def register(product="Gạo nếp", producer="HTX A", unit="389", day="2024-08-01", event="new"):
    said = {"unit": [unit], "product": product, "producer": producer, "event": event}
    return pd.DataFrame(said).assign(decision_date=pd.to_datetime([day]))


NOW = pd.Period("2024-09", "M")
WAY = [(stage, f"2024-0{at + 1}-10") for at, stage in enumerate(STAGES)]


def open_stages(table, as_of=NOW, known=None):
    table = table if known is None else closed(table, known)
    return [STAGES[at] for at in waiting(visits(table), as_of)["stage"]]


def test_a_dossier_waits_where_its_last_row_says():
    assert open_stages(rows(*WAY[:3])) == ["carried out"]


def test_what_came_later_was_not_known_then():
    assert open_stages(rows(*WAY), pd.Period("2024-02", "M")) == ["plan"]
    assert open_stages(rows(*WAY), pd.Period("2024-02-09", "D")) == ["idea"]
    assert open_stages(rows(*WAY), pd.Period("2023-12", "M")) == []


@pytest.mark.parametrize("end", ["recognised", "refused", "withdrawn", "revoked"])
def test_what_has_ended_adds_nothing(end):
    assert open_stages(rows(*WAY, (end, "2024-08-01"))) == []


def test_revoked_after_it_was_recognised_stays_recognised_once():
    table = rows(*WAY, ("recognised", "2024-08-01"), ("revoked", "2024-09-01"))
    assert open_stages(table) == []
    assert len(recognitions(visits(table))) == 1


def test_who_is_sent_back_waits_before_the_council_again():
    table = rows(*WAY[:4], ("sent back", "2024-05-01"))
    assert open_stages(table) == ["carried out"]
    assert visits(table)["exit"].tolist() == ["forward", "forward", "forward", "back", ""]


def test_skipped_stages_are_passed_through_on_the_day():
    found = visits(rows(("submitted", "2024-03-01"), ("recognised", "2024-06-05")))
    assert found["stage"].tolist() == [3, 4]
    assert (found["left"] == "2024-06-05").all()
    assert found["entered"].astype(str).tolist() == ["2024-03-01", "2024-06-05"]


def test_a_dossier_refused_and_submitted_again_is_open_again():
    table = rows(*WAY[:4], ("refused", "2024-05-01"), ("submitted", "2024-07-01"))
    assert open_stages(table) == ["submitted"]
    assert visits(table)["exit"].tolist()[3:] == ["lost", ""]


@pytest.mark.parametrize("kind", ["re-recognised", "upgraded", "revoked"])
def test_dossiers_of_certificates_that_stand_are_none_of_new_products(kind):
    assert visits(rows(*WAY, kind=kind)).empty
    assert len(visits(rows(*WAY, kind="new"))) == 5


def test_two_codes_of_one_product_are_one_dossier():
    table = pd.concat([rows(*WAY[:2]), rows(*WAY[:4], code="H2", product="GẠO NẾP")])
    assert open_stages(table) == ["submitted"]


def test_a_dossier_that_changes_its_name_is_still_one():
    table = pd.concat([rows(*WAY[:2]), rows(*WAY[2:4], product="Gạo nếp cái hoa vàng")])
    assert open_stages(table) == ["submitted"]


def test_dossiers_without_a_code_are_told_by_product_and_producer():
    table = pd.concat([rows(*WAY[:2], code=None), rows(*WAY[:3], code=None, producer="HTX B")])
    assert sorted(open_stages(table)) == ["carried out", "plan"]


def test_one_code_in_two_units_is_two_dossiers():
    assert len(open_stages(pd.concat([rows(*WAY[:2]), rows(*WAY[:2], unit="390")]))) == 2


def test_what_the_register_calls_new_is_recognised_whatever_the_dossier_says():
    assert open_stages(rows(*WAY[:4]), known=register()) == []
    assert open_stages(rows(*WAY[:4]), pd.Period("2024-07", "M"), register()) == ["submitted"]
    assert open_stages(rows(*WAY[:4], producer=None), known=register()) == []
    assert open_stages(rows(*WAY[:4]), known=register(producer=None)) == []
    assert open_stages(rows(*WAY[:4]), known=register(producer="HTX B")) == ["submitted"]
    assert open_stages(rows(*WAY[:4], producer=None), known=register(producer=None)) == []
    assert open_stages(rows(*WAY[:4], producer=None), known=register(day="2021-08-01")) == ["submitted"]
    two = pd.concat([rows(*WAY[:4]), rows(*WAY[:2], producer="HTX B", code="H2")])
    assert open_stages(two, known=register(producer=None)) == ["plan"]
    assert open_stages(rows(*WAY[:4]), known=register(event="re-recognised")) == ["submitted"]
    assert open_stages(rows(*WAY[:4]), known=register(product="Mật ong")) == ["submitted"]


def test_closing_adds_a_row_only_where_it_says_something_new():
    table = rows(*WAY, ("recognised", "2024-08-01"))
    assert closed(table, register()) is table
    told = closed(rows(*WAY[:4]), register())
    assert told["stage"].tolist()[-1] == "recognised"
    assert told.dtypes.equals(table.dtypes)


def test_undated_rows_are_of_their_dossiers_last_day_or_of_today():
    of_one = dated(rows(("idea", None), ("submitted", "2024-04-10"), ("recognised", None)), NOW)
    assert of_one["stage_date"].astype(str).unique().tolist() == ["2024-04-10"]
    assert open_stages(of_one) == []
    alone = dated(rows(("submitted", None)), NOW)
    assert str(alone["stage_date"].iloc[0].date()) == "2024-09-30"
    assert open_stages(alone) == ["submitted"]
    later = dated(rows(("submitted", None), ("recognised", "2042-01-01")), NOW)
    assert str(later["stage_date"].iloc[0].date()) == "2024-09-30"
    assert open_stages(rows(("submitted", None))) == []


def test_no_rows_are_no_dossiers():
    assert visits(rows()).empty
    assert waiting(visits(rows()), NOW).empty


steps = st.lists(
    st.tuples(
        st.sampled_from(sorted(DOSSIERS.columns["stage"].metadata["words"])),
        st.dates(pd.Timestamp("2023-01-01").date(), pd.Timestamp("2024-12-01").date()),
    ),
    min_size=1,
    max_size=8,
)


@given(steps, st.randoms(use_true_random=False))
def test_a_dossier_is_counted_once_whatever_its_rows_and_their_order(steps, shuffle):
    table = rows(*[(stage, str(day)) for stage, day in steps])
    found = visits(table)
    mixed = table.sample(frac=1, random_state=shuffle.randint(0, 9)).reset_index(drop=True)
    doubled = pd.concat([table, table], ignore_index=True)
    assert len(waiting(found, NOW)) <= 1
    assert len(recognitions(found)) <= 1
    assert visits(doubled).equals(found)
    assert waiting(visits(mixed), NOW).equals(waiting(found, NOW))


@given(steps)
def test_visits_follow_each_other_without_gaps(steps):
    found = visits(rows(*[(stage, str(day)) for stage, day in steps]))
    assert (found["left"].dropna() >= found["entered"][found["left"].notna()]).all()
    within = found["exit"].iloc[:-1].isin(["forward", "back"])
    assert (found["left"].iloc[:-1][within] == found["entered"].shift(-1).iloc[:-1][within]).all()
