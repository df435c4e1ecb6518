"""Events, not rows: a product is new once, its certificate lives 36 months, and what is odd is told."""

import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ocop_forecast as ocop
from ocop_forecast.errors import Fault
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.tables import certificates, products
from ocop_forecast.tables.register import both_ways, count_months
from ocop_forecast.tables.schema import DTYPES, REGISTER, ROUNDS
from ocop_forecast.text import fold, toned

UNITS = ["389", "390"]


def typed(rows, contract, units=()):
    """Return rows as they are read: all columns with their types, placed by sheet and row."""
    columns = {name: DTYPES[column.metadata["reads"]] for name, column in contract.columns.items()}
    table = pd.DataFrame(rows).reindex(columns=list(columns)).astype(columns)
    if len(units):
        table["unit"] = pd.Categorical(table["unit"], categories=units)
    table.index = pd.MultiIndex.from_product([["Sổ"], range(2, len(table) + 2)], names=["sheet", "row"])
    table.attrs["as_of"] = pd.Period("2024-09")
    return table


def decided(date, kind="new", **said):
    """Return one row of a register."""
    row = {"unit": "389", "product": "Gạo nếp", "producer": "HTX A", "stars": 3, "decision_no": f"QĐ {date}"}
    return row | {"decision_date": pd.Timestamp(date), "kind": kind} | said


def register(*rows, aliases=None):
    return products.classify(typed(rows, REGISTER, UNITS), aliases)


def told(register, aliases=None):
    """Return row, column and key of every finding, by row."""
    return sorted((f.place[1], f.column, f.key) for f in certificates.findings(register, aliases))


def happened(*rows):
    return register(*rows)["event"].tolist()


def alias(written, means, unit="389"):
    return pd.DataFrame({"unit": [unit], "written": [written], "means": [means]})


@pytest.fixture(scope="module")
def embedded():
    return ocop.read_province(as_of="2024-09").register


SAME = {
    "retyped without accents": ({}, {"product": "GAO  NEP"}, True),
    "typed in two characters a letter": ({}, {"product": unicodedata.normalize("NFD", "Gạo nếp")}, True),
    "the producer retyped": ({}, {"producer": "htx a"}, True),
    "another producer": ({}, {"producer": "HTX B"}, False),
    "no producer": ({}, {"producer": None}, False),
    "another unit": ({}, {"unit": "390"}, False),
    "another name": ({}, {"product": "Gạo tẻ"}, False),
    "one code, two names": ({"product_code": "1"}, {"product_code": "1", "product": "Mật ong"}, True),
    "one code, two producers": ({"product_code": "1"}, {"product_code": "1", "producer": "HTX B"}, True),
    "one code in capitals": ({"product_code": "sp-1", "product": "A"}, {"product_code": "SP-1"}, True),
    "two codes, one name": ({"product_code": "1"}, {"product_code": "2"}, False),
    "one of them without a code": ({"product_code": "1"}, {}, True),
    "one code in two units": ({"product_code": "1"}, {"product_code": "1", "unit": "390"}, False),
}


@pytest.mark.parametrize(("one", "other", "same"), SAME.values(), ids=SAME)
def test_which_rows_are_one_product(one, other, same):
    rows = [decided("2021-05-01", **one), decided("2024-05-01", **other)]
    keys = products.identify(typed(rows, REGISTER, UNITS))
    assert (keys.nunique() == 1) is same


def test_a_name_joins_a_code_under_which_the_product_was_renamed():
    """Row 3 has no code, but the name of row 2, whose code goes on under another name in row 4."""
    rows = [
        decided("2021-05-01", product_code="1"),
        decided("2022-05-01"),
        decided("2023-05-01", product="Nếp cái", product_code="1"),
    ]
    assert products.identify(typed(rows, REGISTER)).nunique() == 1


def test_a_name_of_two_codes_joins_neither():
    rows = [decided("2021-05-01", product_code=code) for code in ("1", "2", None)]
    assert products.identify(typed(rows, REGISTER)).nunique() == 3


def test_a_code_without_a_figure_is_none():
    rows = register(
        *[decided("2021-05-01", product=name, product_code="-") for name in ("Gạo", "Ong", "Chè")]
    )
    assert rows["event"].tolist() == ["new"] * 3


def test_many_names_that_begin_alike_are_compared_within_bounds():
    begin = " ".join(["rất"] * 1500)
    rows = [
        decided("2021-05-01", product=f"{begin} {a}{b}")
        for a in "abcdefghijklmnopqrstuvwxyz"
        for b in "abcdefghijklmnopqrstuvwxyz"
    ]
    assert len(products.near_duplicates(register(*rows))) < len(rows)


def test_confirmed_names_are_one_product_and_told_no_more():
    rows = decided("2021-05-01", product_code="1"), decided("2024-05-01", product="Nếp cái", product_code="1")
    confirmed = alias("nep cai", "Gạo Nếp")
    assert told(register(*rows)) == [(3, "kind", "new_twice"), (3, "product", "product_renamed")]
    assert told(register(*rows, aliases=confirmed), confirmed) == [(3, "kind", "new_twice")]
    plain = [row | {"product_code": None} for row in rows]
    assert register(*plain)["event"].tolist() == ["new", "new"]
    assert register(*plain, aliases=confirmed)["event"].tolist() == ["new", "repeated"]
    elsewhere = alias("nep cai", "Gạo Nếp", unit="390")
    assert register(*plain, aliases=elsewhere)["event"].tolist() == ["new", "new"]


def test_three_copies_in_two_decisions_are_one_new_product_and_two_warnings():
    """T20: the same product in several decisions, retyped."""
    found = register(
        decided("2021-05-01", decision_no="1"),
        decided("2021-05-01", decision_no="2", product="gạo nếp"),
        decided("2024-06-01", decision_no="2", product="GẠO NẾP "),
    )
    assert found["event"].tolist() == ["new", "repeated", "repeated"]
    assert told(found) == [(3, "kind", "new_twice"), (4, "kind", "new_twice")]


def test_later_decisions_are_not_new():
    """T21: renewed after 36 months, promoted, revoked."""
    kinds = ["new", "re-recognised", "upgraded", "revoked"]
    days = ["2021-05-01", "2024-04-01", "2024-06-01", "2024-08-01"]
    rows = [decided(day, kind, stars=3 + (kind == "upgraded")) for day, kind in zip(days, kinds, strict=True)]
    found = register(*rows)
    assert found["event"].tolist() == kinds
    assert told(found) == []


def test_a_product_recognised_and_promoted_on_one_day_is_new_and_promoted():
    rows = decided("2024-05-01", "upgraded", stars=4), decided("2024-05-01", "new")
    found = register(*rows)
    assert found["event"].tolist() == ["upgraded", "new"]
    assert told(found) == []
    assert certificates.certificates(found)["stars"].tolist() == [4]


STATES = {
    "valid": (decided("2021-10-01"), decided("2024-09-30"), "valid"),
    "lapsed": (decided("2021-09-30"), decided("2024-09-30"), "lapsed"),
    "revoked": (decided("2024-01-05", "revoked"), decided("2024-09-30"), "revoked"),
}


@pytest.mark.parametrize(("before", "again", "state"), STATES.values(), ids=STATES)
def test_a_product_called_new_again_is_told_with_its_earlier_row_and_its_state(before, again, state):
    findings = certificates.findings(register(again, before))
    (twice,) = (finding for finding in findings if finding.key == "new_twice")
    day = before["decision_date"]
    said = {"name": "Gạo nếp", "other": 3, "date": day, "state": (f"certificate_{state}",)}
    assert (twice.place, twice.column, twice.severity, twice.values) == (("Sổ", 2), "kind", "warning", said)
    with set_options(lang="en"):
        words = Fault("register.csv", twice.key, twice.values).what()
    assert f"row 3, decided on {day.day} " in words
    assert f"its certificate was {state} by then" in words


def test_a_row_of_another_sheet_is_named_with_it():
    rows = typed([decided("2021-05-01"), decided("2022-05-01")], REGISTER)
    rows.index = pd.MultiIndex.from_tuples([("2021", 5), ("2022", 7)], names=["sheet", "row"])
    (twice,) = certificates.findings(products.classify(rows))
    assert twice.values["other"] == '5 ("2021")'


ODD = {
    "no earlier decision": ([decided("2024-05-01", "re-recognised")], [(2, "kind", "no_earlier_decision")]),
    "promoted without a star more": (
        [decided("2022-05-01"), decided("2023-05-01", "upgraded")],
        [(3, "stars", "upgrade_without_star")],
    ),
    "promoted, stars unknown before": (
        [decided("2022-05-01", stars=None), decided("2023-05-01", "upgraded")],
        [],
    ),
    "renamed": (
        [
            decided("2021-05-01", product_code="1"),
            decided("2024-04-01", "revoked", product_code="1", product="A"),
        ],
        [(3, "product", "product_renamed")],
    ),
    "a month late": ([decided("2021-05-01", expiry_date=pd.Timestamp("2024-06-01"))], []),
    "a month and a day late": (
        [decided("2021-05-01", expiry_date=pd.Timestamp("2024-06-02"))],
        [(2, "expiry_date", "expiry_odd")],
    ),
    "ends before it begins": (
        [decided("2021-05-01", expiry_date=pd.Timestamp("2021-04-30"))],
        [(2, "expiry_date", "expiry_before")],
    ),
    "revoked: no new end": (
        [decided("2021-05-01"), decided("2022-05-01", "revoked", expiry_date=pd.Timestamp("2022-05-01"))],
        [],
    ),
    "the programme year after": (
        [decided("2023-05-01", programme_year=2024)],
        [(2, "programme_year", "programme_year_odd")],
    ),
    "two programme years before": (
        [decided("2023-05-01", programme_year=2021)],
        [(2, "programme_year", "programme_year_odd")],
    ),
    "the programme year before": ([decided("2023-05-01", programme_year=2022)], []),
    "one code in two units": (
        [
            decided("2023-05-01", product_code="1"),
            decided("2023-05-01", unit="390", product_code="1", producer="B"),
        ],
        [(2, "product_code", "code_in_two_units"), (3, "product_code", "code_in_two_units")],
    ),
    "one number, two days": (
        [decided("2023-05-01", decision_no="7/QĐ"), decided("2023-06-01", decision_no="7/qđ", product="A")],
        [(3, "decision_date", "decision_two_dates")],
    ),
    "a number of each year": (
        [decided("2022-05-01", decision_no="7/QĐ"), decided("2023-06-01", decision_no="7/QĐ", product="A")],
        [],
    ),
    "a number of each district": (
        [decided("2023-05-01", decision_no="7/QĐ"), decided("2023-06-01", decision_no="7/QĐ", unit="390")],
        [(3, "product", "near_duplicate")],
    ),
    "a number of the province": (
        [
            decided("2023-05-01", decision_no="7/QĐ", authority="Tỉnh"),
            decided("2023-06-01", decision_no="7/QĐ", authority="province", unit="390", product="A"),
        ],
        [(3, "decision_date", "decision_two_dates")],
    ),
}


@pytest.mark.parametrize(("rows", "found"), ODD.values(), ids=ODD)
def test_what_is_odd_is_told_at_its_cell(rows, found):
    assert told(register(*rows)) == found


def test_only_an_end_before_the_decision_stops_a_run():
    odd = [register(*rows) for rows, _ in ODD.values()]
    told = [finding for rows in odd for finding in certificates.findings(rows)]
    stops = {finding.key for finding in told if finding.severity == "error"}
    assert stops == {"expiry_before"}


@pytest.mark.parametrize(
    ("stars", "score", "odd"),
    [
        *[(3, 50, False), (3, 69.9, False), (3, 70, True), (3, 49.9, True), (4, 70, False), (4, 90, True)],
        *[(5, 90, False), (5, 100, False), (5, 89.9, True), (None, 10, False), (3, None, False)],
    ],
)
def test_points_go_with_stars(stars, score, odd):
    found = told(register(decided("2024-05-01", stars=stars, score=score)))
    assert found == ([(2, "score", "score_not_of_stars")] if odd else [])


NEAR = {
    "a letter more": ("Mật ong rừng", "HTX A", "Mật ong rừngg", "HTX A", "389", True),
    "a letter more, other producer": (
        "Mật ong rừng",
        "HTX Ngọc Lặc",
        "Mật ong rừngg",
        "Hộ ông Bình",
        "389",
        False,
    ),
    "a letter more, no producer": ("Mật ong rừng", "HTX A", "Mật ong rừngg", None, "389", True),
    "the first word wrong": (
        "Mật ong rừng Ngọc Sơn",
        "HTX A",
        "Mât0 ong rừng Ngọc Sơn",
        "HTX A",
        "389",
        True,
    ),
    "one name, other producer": ("Mật ong", "HTX Ngọc Lặc", "Mật ong", "Hộ ông Bình", "389", True),
    "one name, no producer": ("Mật ong", "HTX A", "mat ong", None, "389", True),
    "one name and producer elsewhere": ("Mật ong", "HTX A", "Mật Ong", "htx a", "390", True),
    "one name elsewhere": ("Mật ong", "HTX A", "Mật ong", "HTX B", "390", False),
    "digits alone": ("Sản phẩm 389-014", "HTX 1", "Sản phẩm 389-015", "HTX 1", "389", False),
    "digits alone, producers too": ("Sản phẩm 389-014", "HTX 1", "Sản phẩm 389-015", "HTX 2", "389", False),
    "far apart": ("Mật ong", "HTX A", "Mắm tôm", "HTX A", "389", False),
}


@pytest.mark.parametrize(("one", "maker", "other", "second", "unit", "near"), NEAR.values(), ids=NEAR)
def test_near_duplicates_are_listed_and_never_merged(one, maker, other, second, unit, near):
    found = register(
        decided("2021-05-01", product=one, producer=maker),
        decided("2024-05-01", product=other, producer=second, unit=unit),
    )
    assert found["event"].tolist() == ["new", "new"]
    key = (
        "near_duplicate_makers"
        if fold(one) == fold(other) and maker != second and second
        else "near_duplicate"
    )
    assert told(found) == ([(3, "product", key)] if near else [])


def test_two_codes_of_one_product_are_near_duplicates():
    found = register(decided("2021-05-01", product_code="1"), decided("2024-05-01", product_code="2"))
    (near,) = certificates.findings(found)
    assert (near.key, near.values) == ("near_duplicate", {"name": "Gạo nếp", "other": 2})


def test_products_of_one_name_are_told_by_their_producers():
    one, other = decided("2021-05-01", producer="HTX Một"), decided("2024-05-01", producer="Hộ ông Hai")
    (near,) = certificates.findings(register(one, other))
    said = {"name": "Gạo nếp", "other": 2, "own": "Hộ ông Hai", "maker": "HTX Một"}
    assert (near.key, near.values) == ("near_duplicate_makers", said)
    with set_options(lang="en"):
        told = Fault("a.csv", near.key, {"value": "Gạo nếp", **near.values}).what()
    assert told.startswith('"Gạo nếp" of "Hộ ông Hai" is nearly "Gạo nếp" of "HTX Một" (row 2)')


@pytest.mark.parametrize("code", ["0", "00", "0.0", "x", "-", "chưa có", "000000"])
def test_a_placeholder_is_the_code_of_no_product(code):
    rows = [decided(f"202{at}-05-01", product=name, product_code=code) for at, name in enumerate("AB")]
    assert products_of(rows) == [0, 1]
    assert "code_in_two_units" not in {key for *_, key in told(register(*rows))}


def test_one_cell_is_told_in_the_singular():
    with set_options(lang="en"):
        assert "1 cell of" in Fault("a", "code_reshaped", {"value": "1", "code": "01", "count": 1}).what()
        assert "2 cells of" in Fault("a", "code_reshaped", {"value": "1", "code": "01", "count": 2}).what()


def test_a_pair_is_found_among_many_names_that_begin_alike():
    names = [f"Sản phẩm {letter}{other} truyền thống" for letter in "abcdeghik" for other in "lmnopqrst"]
    rows = [decided("2021-05-01", product=name * 2) for name in names]
    late = decided("2022-05-01", product=(names[40] * 2).replace("truyền", "truyềnn", 1))
    places = [
        f.place[1] for f in certificates.findings(register(*rows, late)) if f.values["name"] == names[40] * 2
    ]
    assert len(names) + 2 in places


def test_certificates_run_36_months_and_are_renewed_or_end():
    rows = register(
        decided("2021-09-30"),  # its last day has passed
        decided("2021-10-01", product="B"),  # its last day is the as-of day
        decided("2020-02-29", product="C"),  # lapsed, and valid again
        decided("2023-06-01", "re-recognised", product="C", stars=None),
        decided("2023-01-10", product="D"),
        decided("2024-01-10", "revoked", product="D"),
        decided("2021-01-10", product="E", expiry_date=pd.Timestamp("2025-01-10")),
        decided("2024-10-01", product="F"),  # not yet
    )
    held = certificates.certificates(rows).set_index("product")
    assert held["status"].to_dict() == {
        "Gạo nếp": "lapsed", "B": "valid", "C": "valid", "D": "revoked", "E": "valid",
    }  # fmt: skip
    assert held["expires"].astype(str).to_dict() == {
        "Gạo nếp": "2024-09-30", "B": "2024-10-01", "C": "2026-06-01", "D": "2024-01-10", "E": "2025-01-10",
    }  # fmt: skip
    assert held.loc["C", ["stars", "first", "last"]].tolist() == [
        3, pd.Timestamp("2020-02-29"), pd.Timestamp("2023-06-01"),
    ]  # fmt: skip
    before = certificates.certificates(rows, pd.Period("2023-03")).set_index("product")["status"]
    assert before.to_dict() == {"Gạo nếp": "valid", "B": "valid", "C": "lapsed", "D": "valid", "E": "valid"}


def test_a_certificate_of_the_29th_of_february_ends_on_the_28th():
    held = certificates.certificates(register(decided("2020-02-29")))
    assert held["expires"].tolist() == [pd.Timestamp("2023-02-28")]


def test_the_stock_counts_every_unit_and_what_falls_due():
    rows = register(
        decided("2021-10-01"),
        decided("2022-09-30", product="B"),
        decided("2022-10-01", product="C"),
        decided("2021-02-10", product="D"),
    )
    table = certificates.stock(rows)
    assert table.loc["389"].to_dict() == {"valid": 3, "due": 2, "lapsed": 1, "revoked": 0}
    assert table.loc["390"].to_dict() == {"valid": 0, "due": 0, "lapsed": 0, "revoked": 0}
    assert table.index.tolist() == ["389", "390", "total"]
    assert (table.dtypes == "int64").all()
    assert table.loc["total"].equals(table.loc["389"].rename("total"))
    assert certificates.stock(rows, months=13).loc["389", "due"] == 3


def test_what_falls_due_is_counted_by_month_and_sums_to_the_stock():
    rows = register(decided("2021-10-01"), decided("2022-09-30", product="B", unit="390"))
    ahead = certificates.due(rows)
    assert [str(month) for month in ahead.index[[0, -1]]] == ["2024-10", "2025-09"]
    assert ahead.loc["2024-10"].tolist() == [1, 0]
    assert ahead.loc["2025-09"].tolist() == [0, 1]
    assert ahead.sum().to_dict() == certificates.stock(rows)["due"].drop("total").to_dict()


def test_after_a_day_the_rest_of_its_month_falls_due_too():
    rows = register(decided("2021-09-19"), decided("2021-09-20", product="B"))
    ahead = certificates.due(rows, pd.Period("2024-09-19"), months=1)
    assert ahead.sum(axis=1).to_dict() == {pd.Period("2024-09"): 1, pd.Period("2024-10"): 0}
    assert certificates.stock(rows, pd.Period("2024-09-19")).loc["389"].to_dict() == {
        "valid": 1, "due": 1, "lapsed": 1, "revoked": 0,
    }  # fmt: skip


def test_nothing_falls_due_in_an_old_register():
    ahead = certificates.due(register(decided("2019-10-01")))
    assert ahead.shape == (12, 2)
    assert (ahead == 0).all(axis=None)


def test_before_the_first_decision_nothing_is_held():
    table = certificates.stock(register(decided("2021-10-01")), pd.Period("2021-09"))
    assert table.index.tolist() == [*UNITS, "total"]
    assert (table == 0).all(axis=None)


COUNTED = {
    "in its year": ("2023-05-04", 2023, "2023-05"),
    "the year after": ("2023-01-12", 2022, "2022-12"),
    "two years after": ("2023-01-12", 2021, "2023-01"),
    "the year before": ("2023-01-12", 2024, "2023-01"),
    "not given": ("2023-01-12", None, "2023-01"),
}


@pytest.mark.parametrize(("day", "year", "month"), COUNTED.values(), ids=COUNTED)
def test_the_month_that_counts(day, year, month):
    rows = register(decided(day, programme_year=year))
    assert count_months(rows, "programme").tolist() == [pd.Period(month)]
    assert count_months(rows).tolist() == [pd.Period(day, "M")]


# what the embedded data were published to hold


def test_embedded_2022_is_78_by_decision_and_110_by_programme_year(embedded):
    both = both_ways(embedded)
    assert both.loc[2022].to_dict() == {"decision": 78, "programme": 110}
    assert both.sum().nunique() == 1


def test_embedded_lapses_are_those_published(embedded):
    """22 first certificates had run out by 31 March 2023; one of their products had been promoted in time."""
    day = pd.Period("2023-03")
    held = certificates.certificates(embedded, day)
    new = embedded[(embedded["kind"] == "new") & (embedded["expiry_date"] <= day.end_time)]
    renewed = embedded["certificate"][
        (embedded["kind"] == "re-recognised") & (embedded["decision_date"] <= day.end_time)
    ]
    assert (~new["certificate"].isin(renewed)).sum() == 22
    promoted = held.loc[new["certificate"]].query("stars == 5 and status == 'valid'")
    assert (held["status"] == "lapsed").sum() + len(promoted) == 22
    assert len(promoted) == 1


def test_embedded_ngoc_lac_holds_13_valid_certificates(embedded):
    assert certificates.stock(embedded).loc["389", "valid"] == 13


def test_embedded_data_are_without_findings_and_conflicts(embedded):
    assert certificates.findings(embedded) == []
    rounds = ocop.read_province(as_of="2024-09").rounds
    assert (rounds["status"] == "held").sum() > 30
    assert certificates.conflicts(embedded, rounds) == []


@pytest.mark.parametrize("level", ["province", "district"])
def test_a_product_lost_from_the_embedded_register_is_a_conflict(embedded, level):
    rounds = ocop.read_province(as_of="2024-09").rounds
    of_level = (
        embedded["authority"].eq(level)
        & embedded["kind"].eq("new")
        & embedded["decision_date"].dt.year.eq(2023)
    )
    lost = embedded.drop(index=embedded.index[of_level][0])
    (found,) = certificates.conflicts(lost, rounds)
    assert (found.key, found.column, found.severity) == ("round_differs", "recognised", "warning")
    assert found.values["counted"] == found.values["value"] - 1
    assert rounds.loc[found.place, "level"] == level


def held(date, recognised, level=None, name=None, year=2023, status="held"):
    said = {"date": pd.Timestamp(date), "recognised": recognised, "level": level}
    return said | {"round": name, "programme_year": year, "status": status}


def of_round(name, authority="province", date="2023-05-04", product="A"):
    said = {"round": name, "authority": authority, "programme_year": 2023, "product": product}
    return decided(date, **said)


CONFLICTS = {
    "by name, whatever the day": ([of_round("Đợt 1")], [held("2023-04-30", 1, "province", "ĐỢT 1")], []),
    "by name": ([of_round("Đợt 1")], [held("2023-04-30", 2, "province", "Đợt 1")], [(2, 2, 1)]),
    "by the day": ([of_round(None)], [held("2023-05-04", 1, "province", "Đợt 1")], []),
    "by another day": ([of_round(None)], [held("2023-05-03", 1, "province", "Đợt 1")], [(2, 1, 0)]),
    "of districts by the month": ([of_round("1", "district")], [held("2023-05-31", 1, "district", "2")], []),
    "of another level": ([of_round("1", "district")], [held("2023-05-04", 1, "province", "1")], [(2, 1, 0)]),
    "no level, no authority": ([of_round("1", None)], [held("2023-05-04", 3, None, "1")], [(2, 3, 1)]),
    "authorities in words": ([of_round("1", "UBND")], [held("2023-05-04", 3, "district", "1")], []),
    "two rounds of a day": (
        [of_round(None), of_round(None, product="B")],
        [held("2023-05-04", 1, "province", "1"), held("2023-05-04", 1, "province", "2")],
        [],
    ),
    "one of them not counted": (
        [of_round(None), of_round(None, product="B")],
        [held("2023-05-04", 1, "province", "1"), held("2023-05-04", None, "province", "2")],
        [],
    ),
    "by name, and what is left by the day": (
        [of_round("Đợt 1", date="2023-04-04"), of_round("lần hai", product="B")],
        [held("2023-04-30", 1, "province", "Đợt 1"), held("2023-05-04", 1, "province", "Đợt 2")],
        [],
    ),
    "what is found by name is not counted by the day": (
        [of_round("Đợt 1")],
        [held("2023-04-30", 1, "province", "Đợt 1"), held("2023-05-04", 1, "province", "Đợt 2")],
        [(3, 1, 0)],
    ),
    "planned": ([of_round("1")], [held("2023-05-04", 9, "province", "1", status="planned")], []),
    "after the as-of date": ([of_round("1")], [held("2024-10-01", 9, "province", "9")], []),
    "not counted": ([of_round("1")], [held("2023-05-04", None, "province", "1")], []),
}


@pytest.mark.parametrize(("rows", "rounds", "found"), CONFLICTS.values(), ids=CONFLICTS)
def test_rounds_are_held_against_the_register(rows, rounds, found):
    findings = certificates.conflicts(register(*rows), typed(rounds, ROUNDS))
    assert [(f.place[1], f.values["value"], f.values["counted"]) for f in findings] == found


# whatever the rows

DAYS = list(pd.to_datetime(["2021-09-30", "2021-10-01", "2023-05-04", "2024-09-30"]))
ROW = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(UNITS),
        "product": st.sampled_from(["Gạo nếp", "GAO NEP", "Mật ong", "Mật onng"]),
        "producer": st.sampled_from(["HTX A", "htx a", None]),
        "product_code": st.sampled_from([None, None, "1", "2"]),
        "decision_date": st.sampled_from(DAYS),
        "kind": st.sampled_from([*REGISTER.columns["kind"].metadata["words"]]),
        "stars": st.sampled_from([3, 4, None]),
        "decision_no": st.sampled_from(["1", "2", None]),
    }
)


@settings(max_examples=40)
@given(st.lists(ROW, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_changes_a_count(rows, random):
    one = register(*rows)
    shuffled = random.sample(rows, len(rows))
    other = register(*shuffled)
    key = ["certificate", "decision_date", "event"]
    assert sorted(map(str, one[key].to_numpy())) == sorted(map(str, other[key].to_numpy()))
    pd.testing.assert_frame_equal(certificates.stock(one), certificates.stock(other))
    pd.testing.assert_frame_equal(certificates.due(one), certificates.due(other))
    pd.testing.assert_frame_equal(both_ways(one), both_ways(other))
    assert sorted(f.key for f in certificates.findings(one)) == sorted(
        f.key for f in certificates.findings(other)
    )


@given(st.lists(ROW, min_size=1, max_size=12), st.sampled_from(DAYS))
def test_a_later_row_changes_no_earlier_one(rows, day):
    whole = register(*rows)
    then = whole[whole["decision_date"] <= day]
    early = products.classify(then.drop(columns=["certificate", "event"]))
    pd.testing.assert_frame_equal(early[["certificate", "event"]], then[["certificate", "event"]])


@settings(max_examples=40)
@given(st.lists(ROW, min_size=1, max_size=12))
def test_a_product_is_new_once_and_every_product_is_counted_once(rows):
    found = register(*rows)
    assert (found.groupby("certificate")["event"].agg(lambda kinds: (kinds == "new").sum()) <= 1).all()
    table = certificates.stock(found)
    assert table.loc["total", ["valid", "lapsed", "revoked"]].sum() == found["certificate"].nunique()
    assert (table["due"] <= table["valid"]).all()
    assert np.array_equal(table.loc["total"], table.drop(index="total").sum())
    assert (found["event"].where(found["event"] != "repeated", "new") == found["kind"]).all()


# names that differ in tones, and those without accents


def names(*products, producer="HTX A", **said):
    """Rows of one unit and producer, a year apart, with these names."""
    days = [f"{2018 + number}-05-01" for number in range(len(products))]
    return [
        decided(day, product=name, producer=producer, **said)
        for day, name in zip(days, products, strict=True)
    ]


def keys_of(*products, **said):
    return products_of(names(*products, **said))


def products_of(rows, aliases=None):
    """The products of rows, numbered as they come."""
    return pd.factorize(products.identify(typed(rows, REGISTER), aliases))[0].tolist()


TONES_APART = {
    "two tones": (["Bánh tẻ", "Bánh tè"], [0, 1]),
    "two vowels": (["Bún bò", "Bún bơ"], [0, 1]),
    "one accent short": (["Bánh tẻ", "Bánh te"], [0, 1]),
    "without any accent": (["Bánh tẻ", "Banh te"], [0, 0]),
    "the accents come later": (["BANH TE", "Bánh tẻ", "Bánh tẻ"], [0, 0, 0]),
    "of two nobody knows": (["Bánh tẻ", "Bánh tè", "Banh te"], [0, 1, 2]),
    "known before the second": (["Bánh tẻ", "Banh te", "Bánh tè", "Banh te"], [0, 0, 1, 0]),
    "first without, then two": (["Banh te", "Bánh tẻ", "Bánh tè"], [0, 0, 1]),
    "where the tone stands": (["Bánh hoà", "BÁNH HÒA"], [0, 0]),
}


@pytest.mark.parametrize(("written", "expected"), TONES_APART.values(), ids=TONES_APART)
def test_other_accents_are_other_names_but_none_fits_the_one_before(written, expected):
    assert keys_of(*written) == expected


def test_producers_go_by_their_accents_as_products_do():
    rows = [
        decided("2021-05-01", producer="Hộ ông Hùng"),
        decided("2022-05-01", producer="Hộ ông Hưng"),
        decided("2023-05-01", product="Gao nep", producer="Hộ ông Hùng"),
        decided("2024-05-01", producer="ho ong hung"),
    ]
    assert products_of(rows) == [0, 1, 0, 2]


def test_names_that_differ_in_tones_alone_are_told_until_a_person_says_otherwise():
    rows = names("Bánh tẻ", "Bánh tè")
    assert told(register(*rows)) == [(3, "product", "near_duplicate")]
    one = alias("Bánh tè", "Bánh tẻ")
    assert products_of(rows, one) == [0, 0]
    assert told(register(*rows, aliases=one), one) == [(3, "kind", "new_twice")]
    plain = alias("Banh te", "Bánh tẻ")
    assert products_of([*rows, *names("Banh te", product_code=None)], plain) == [0, 1, 0]


ALIKE_NAMES = {
    "i for y": ("Mỳ gạo", "Mì gạo"),
    "i for y after qu": ("Mắm Qui Hợp", "Mắm Quy Hợp"),
    "a full stop": ("Bún", "Bún."),
    "quotes": ("Trà", '"Trà"'),
    "typographic quotes": ("Trà", "“Trà”"),
    "an apostrophe": ("Cà phê Ea H'leo", "Cà phê Ea Hleo"),
    "a pack size": ("Giò lụa", "Giò lụa (500g)"),
    "a pack size without brackets": ("Mật ong hoa nhãn", "Mật ong hoa nhãn 500 ml"),
    "a remark": ("Mật ong hoa nhãn", "Mật ong hoa nhãn (tái chứng nhận)"),
    "a long remark": ("Mật ong", "Mật ong (sản phẩm được công nhận lại năm 2024)"),
    "a remark after a dash": ("Trà", "Trà - đánh giá lại"),
    "a remark after a long dash": ("Mật ong", "Mật ong – công nhận lại lần 2 năm 2024"),
    "a bracket that stays open": ("Giò lụa", "Giò lụa (gói 500g"),
    "a word in between": ("Cam Cao Phong", "Cam quả Cao Phong"),
    "two words more": ("Chả mực", "Chả mực Hạ Long"),
    "a word before": ("Cam Cao Phong", "Quả cam Cao Phong"),
    "a word less": ("Tinh bột nghệ vàng", "Tinh bột nghệ"),
    "Cyrillic letters": ("Cam Cao Phong", "С\u0430m C\u0430o Phong"),
    "Greek letters": ("Cao Hòa Bình", "Cαo Hòα Bình"),
    "hyphens": ("Miến dong - gói", "Miến dong – gói"),
    "a hyphen for a blank": ("Cà phê", "Cà-phê"),
    "one word": ("Cà phê", "Càphê"),
    "a decimal comma": ("Rượu nếp 29,5%", "Rượu nếp 29.5%"),
    "a blank before a number": ("Gạo ST25", "Gạo ST 25"),
    "tones alone": ("Chả bò", "Chà bó"),
}


@pytest.mark.parametrize("pair", ALIKE_NAMES.values(), ids=ALIKE_NAMES)
@pytest.mark.parametrize("turned", [False, True])
def test_what_is_nearly_the_same_is_told_once_and_counts_twice(pair, turned):
    found = register(*names(*(reversed(pair) if turned else pair)))
    assert found["event"].tolist() == ["new", "new"]
    assert told(found) == [(3, "product", "near_duplicate")]


APART = {
    "a number": ("Gạo ST24", "Gạo ST25"),
    "degrees": ("Nước mắm 40N", "Nước mắm 29 N"),
    "pack sizes": ("Chè Tâm (100g)", "Chè Tâm (500 g)"),
    "a number and a letter": ("Gạo nếp nương số 1", "Gạo nếp nươngg số 2"),
    "chay is no chai": ("Mắm chay", "Mắm chai"),
    "four words more": ("Gạo nếp", "Gạo nếp cái hoa vàng quê"),
    "more words than it has": ("Trà", "Trà hoa vàng"),
}


@pytest.mark.parametrize("pair", APART.values(), ids=APART)
def test_what_is_something_else_is_not_told(pair):
    assert told(register(*names(*pair))) == []


def test_a_word_more_in_one_days_decisions_is_another_product():
    one, more = decided("2024-05-01"), {"product": "Gạo nếp nương"}
    assert told(register(one, decided("2024-05-01", **more))) == []
    assert told(register(one, decided("2024-05-02", **more))) == [(3, "product", "near_duplicate")]
    assert told(register(one, decided("2024-05-02", **more, producer="Hộ B"))) == []


def test_a_word_more_is_not_told_where_no_producer_is_known():
    assert told(register(*names("Chả mực", "Chả mực Hạ Long", producer=None))) == []


MAKERS = [
    ("HTX Một", "Hợp tác xã Một"),
    ("HTX Một", "Hợp tác xã dịch vụ nông nghiệp Một"),
    ("HTX DVNN Một", "Hợp tác xã Một"),
    ("CT TNHH Một", "Công ty TNHH Một"),
    ("Cty CP Một", "Công ty cổ phần Một"),
    ("HKD Một", "Hộ kinh doanh Một"),
]


@pytest.mark.parametrize(("one", "other"), MAKERS)
def test_a_firm_of_another_spelling_is_the_same_one(one, other):
    assert products.plain_maker(one) == products.plain_maker(other)
    rows = decided("2021-05-01", producer=one), decided("2024-05-01", product="Gạo nếp.", producer=other)
    assert told(register(*rows)) == [(3, "product", "near_duplicate_makers")]
    moved = rows[1] | {"unit": "390"}
    assert told(register(rows[0], moved)) == [(3, "product", "near_duplicate_makers")]


def test_a_product_is_told_beside_the_one_that_is_most_alike():
    rows = names("Cà phê", "Cà phê Ea H'leo", "Cà phê Ea Hleo", "Càphê")
    near = [finding for finding in certificates.findings(register(*rows)) if finding.key == "near_duplicate"]
    assert {finding.place[1]: finding.values["other"] for finding in near} == {3: 2, 4: 3, 5: 2}


# codes that a spreadsheet rounded, and cells that list products


@pytest.mark.parametrize(
    "code", ["8.936E+12", "8,93E+12", "8.936e12", "893600000000000", "12345678901234500"]
)
def test_a_rounded_code_is_told_once_and_tells_no_products_apart(code):
    rows = [decided("2024-05-01", product=name, product_code=code) for name in ("Gạo", "Mật ong", "Chè")]
    found = register(*rows)
    assert found["event"].tolist() == ["new"] * 3
    assert told(found) == [(2, "product_code", "code_rounded")]
    (spoilt,) = certificates.findings(found)
    assert (spoilt.severity, spoilt.values) == ("warning", {"count": 3})


@pytest.mark.parametrize(
    "code", ["8936012345670", "38-389-000000", "OCOP-E12", "1000000", "1e", "2024000001"]
)
def test_a_whole_code_is_one(code):
    rows = [
        decided(f"{year}-05-01", product=name, product_code=code) for year, name in ((2021, "A"), (2024, "B"))
    ]
    assert products_of(rows) == [0, 0]


@pytest.mark.parametrize(
    ("cell", "several"),
    [
        *[("1. Mật ong A1 2. Mật ong A2", True), ("1) Trà 2) Chè 3) Bún", True), ("(1) Trà (2) Chè", True)],
        *[("01. Trà 02. Chè", True), ("a) Trà b) Chè", True), ("- Trà - Chè", True), ("• Trà • Chè", True)],
        *[("Mật ong; Trà", True), ("1. Mật ong", False), ("- Mật ong", False), ("Miến dong - gói", False)],
        *[("Trà (100g; 200g)", False), ("Mật ong;", False), ("Mật ong 1.5 lít", False), ("Gạo ST24", False)],
    ],
)
def test_a_cell_that_lists_products_is_told(cell, several):
    assert told(register(decided("2024-05-01", product=cell))) == (
        [(2, "product", "two_products")] if several else []
    )


# whatever the names

SYLLABLES = st.sampled_from(
    ["bánh", "bành", "banh", "tẻ", "tè", "te", "hoà", "gạo", "mỳ", "mì", "chè", "che"]
)
NAMES = st.lists(SYLLABLES, min_size=1, max_size=3).map(" ".join)
DRESSED = st.sampled_from(
    [
        *[str.upper, str.title, lambda name: unicodedata.normalize("NFD", name)],
        *[lambda name: f"  {name.replace(' ', '   ')}\u200b", lambda name: name.replace("oà", "òa")],
    ]
)


@given(NAMES, DRESSED)
def test_no_way_to_type_a_name_makes_another_product(name, dressed):
    assert keys_of(name, dressed(name)) == [0, 0]


@given(st.lists(NAMES, min_size=2, max_size=5))
def test_two_names_with_accents_are_never_one_product(written):
    """But one without any is the only one that it fits, if there is one."""
    keys = keys_of(*written)
    for at, (name, key) in enumerate(zip(written, keys, strict=True)):
        for other, its in zip(written[:at], keys[:at], strict=True):
            if toned(name) == toned(other):
                assert key == its
            elif fold(name) != name and fold(other) != other:
                assert key != its
            else:
                assert key != its or fold(name) == fold(other)
