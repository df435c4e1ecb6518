"""The contract of each table: its columns, their types and what is allowed in them.

The contracts are pandera schemas. A column's metadata says how its text is read, and which headers and
entries mean what: the words of `vocabulary`. A check's `error` is the key of the sentence in the catalogues
that tells a clerk what to do.
"""

import pandas as pd
import pandera.pandas as pa

from ocop_forecast.files.reading import DTYPES, choice_key, decimal, number_of_stars, without_remark

from .vocabulary import Word, shipped, spoken


def column(
    reads: str,
    *,
    needed: bool = False,
    filled: bool = False,
    checks=(),
    severity: str = "error",
    otherwise=choice_key,
):
    """Return a pandera column whose text is read as `reads`.

    Parameters
    ----------
    reads : {"text", "whole", "year", "stars", "number", "date", "month", "choice"}
        How a cell's text becomes a value.
    needed, filled : bool
        Whether the column must be there, and whether each of its cells must hold something.
    severity : {"error", "warning"}
        What an entry is that cannot be read; a warning where no figure hangs on the column.
    otherwise : function, optional
        Of a choice: the word or value that an entry means which is none of its words.
    """
    metadata = {"reads": reads, "severity": severity, "otherwise": otherwise}
    metadata |= {"headers": (), "words": {}, "choice": {}, "allowed": ""}
    return pa.Column(DTYPES[reads], list(checks), nullable=not filled, required=needed, metadata=metadata)


def must(reads: str, **terms):
    """Return a `column` that must be there, and each of its cells filled."""
    return column(reads, needed=True, filled=True, **terms)


def only_once(*names: str) -> dict:
    """Return the terms under which no two rows of a table agree in all of `names`; both rows are told."""
    check = pa.Check(lambda table: ~table.duplicated(list(names), keep=False), error="row_twice")
    return {"checks": check, "metadata": {"only_once": names}}


def within(low, high, key: str) -> pa.Check:
    """Return the check that values lie between `low` and `high`, told with the sentence `key`."""
    return pa.Check.in_range(low, high, error=key)


# a code names files, so it may not lead out of a folder
RESERVED = r"(?i:con|nul|aux|prn|com\d|lpt\d|total|province)"
CODE = pa.Check.str_matches(rf"^(?!{RESERVED}$)[A-Za-z0-9][A-Za-z0-9_-]{{0,39}}$", error="code_allowed")
TARGET = within(0, 9999, "target_allowed")
STARS = within(3, 5, "stars_allowed")
YEAR = within(2018, 2099, "year_allowed")
DATE = within(pd.Timestamp("2018-01-01"), pd.Timestamp("2099-12-31"), "date_allowed")
KNOWN_ORIGIN = pa.Check.isin(["published", "reconstructed"], error="origin_allowed")
ORIGIN = column("text", checks=[KNOWN_ORIGIN])
ORIGINS = {"origin": ORIGIN, "source": column("text"), "note": column("text")}
# what a table's sheet is called in a workbook, besides its own name
SHEETS = {
    "units": "Đơn vị",
    "communes": "Xã cũ và mới",
    "aliases": "Tên gọi khác",
    "words": "Từ ngữ",
    "register": "Danh mục sản phẩm",
    "progress": "Báo cáo tiến độ",
    "targets": "Chỉ tiêu",
    "goals": "Mục tiêu toàn tỉnh",
    "rounds": "Đợt đánh giá",
    "breaks": "Thay đổi cấp",
    "reports": "Báo cáo",
    "dossiers": "Hồ sơ",
    "commitments": "Cam kết",
}
FORMER = {"register": "Sổ đăng ký"}  # as earlier versions called them: such workbooks are read as before


def titles(name: str) -> list[str]:
    """Return every title that the file or sheet of a table may bear.

    Examples
    --------
    >>> titles("targets"), titles("register")
    (['targets', 'Chỉ tiêu'], ['register', 'Danh mục sản phẩm', 'Sổ đăng ký'])
    """
    return [name, SHEETS[name], *([FORMER[name]] if name in FORMER else [])]


# columns that may stand beside any table: what they say is said elsewhere, or changes nothing
IDLE = ("no", "name", "note", "source", "origin")


def contract(name: str, columns: dict, **terms) -> pa.DataFrameSchema:
    """Return the contract of a table, in the words that come with the tool."""
    terms = {"metadata": {"only_once": ()}} | terms
    terms["metadata"] |= {"idle": (*IDLE, *(word.word for word in shipped() if word.column in IDLE))}
    return spoken(pa.DataFrameSchema(columns, name=name, **terms), shipped())


def rated(text: str) -> str:
    """Return what a result in stars or points says; blank where it is neither, or could be either.

    3 stars are a recognition, and so are 50 points of 100 (148/QĐ-TTg).

    Examples
    --------
    >>> rated("OCOP 3 sao"), rated("72,5 điểm"), rated("2 sao"), rated("45"), rated("7")
    ('recognised', 'recognised', 'not recognised', 'not recognised', '')
    """
    number = number_of_stars(text) or decimal(text)
    if number is None or not (number in range(1, 6) or 10 <= number <= 100):
        return ""
    return "recognised" if number in (3, 4, 5) or number >= 50 else "not recognised"


UNITS = contract(
    "units",
    {
        "unit": must("text", checks=[CODE]),
        "name": must("text"),
        "type": column("text"),
        "terrain": column("text"),
        "province": column("text", checks=[CODE]),
        "province_name": column("text"),
        "tile_row": column("whole"),
        "tile_column": column("whole"),
        "valid_from": column("date"),
        "valid_to": column("date"),
        "successor": column("text"),
    },
    checks=[
        pa.Check(lambda table: ~table["unit"].str.lower().duplicated(keep=False), error="row_twice"),
        pa.Check(lambda table: table["unit"] != table["province"].fillna(""), error="code_of_province"),
    ],
    metadata={"only_once": ("unit",)},
)

TARGETS = contract(
    "targets",
    {
        "unit": must("text"),
        "year": must("year", checks=[YEAR]),
        "target": column("whole", needed=True, checks=[TARGET]),
        "four_star": column("whole", checks=[TARGET]),
        "five_star": column("whole", checks=[TARGET]),
        **ORIGINS,
    },
    **only_once("unit", "year"),
)

GOALS = contract(
    "goals",
    {
        "year": must("year", checks=[YEAR]),
        "four_star": column("whole", checks=[TARGET]),
        "five_star": column("whole", checks=[TARGET]),
        "valid": column("whole", checks=[TARGET]),
        **ORIGINS,
    },
    **only_once("year"),
)

REGISTER = contract(
    "register",
    {
        "no": column("text"),
        "product_code": column("text"),
        "product": must("text"),
        "producer": column("text"),
        "producer_type": column("text"),
        "commune": column("text"),
        "address": column("text"),
        "unit": column("text"),
        "group": column("choice", severity="warning"),
        "score": column("number", checks=[within(0, 100, "score_allowed")], severity="warning"),
        "stars": column("stars", checks=[STARS]),
        "decision_no": column("text"),
        "decision_date": must("date", checks=[DATE]),
        "authority": column("text"),
        "round": column("text"),
        "programme_year": column("year", checks=[YEAR]),
        "kind": must("choice", otherwise=without_remark),
        "result": column("choice", otherwise=rated),
        "expiry_date": column("date"),
        **ORIGINS,
    },
    **only_once("unit", "product", "producer", "decision_no", "decision_date", "kind"),
)

ROUNDS = contract(
    "rounds",
    {
        "programme_year": column("year", checks=[YEAR]),
        "round": column("text"),
        "date": must("date", checks=[DATE]),
        "level": column("choice"),
        "status": must("choice"),
        "recognised": column("whole"),
        **ORIGINS,
    },
)

COMMUNES = contract(
    "communes",
    {
        "old_ward_code": must("text"),
        "old_ward": must("text"),
        "district_code_2025h1": column("text"),
        "district_2025h1": column("text"),
        "district_code_2024": must("text"),
        "district_2024": column("text"),
        "new_commune_code": must("text", checks=[CODE]),
        "new_commune": must("text"),
    },
    **only_once("old_ward_code"),
)

ALIASES = contract(
    "aliases",
    {
        "what": must("choice"),
        "unit": column("text"),
        "written": must("text"),
        "means": must("text"),
        "confirmed_by": must("text"),
        "confirmed_on": must("date", checks=[DATE]),
        "note": column("text"),
    },
    **only_once("what", "unit", "written"),
)

WORDS = spoken(
    contract(
        "words",
        {
            "table": column("choice"),
            "column": must("text"),
            "means": column("text"),
            "word": must("text"),
            "note": column("text"),
        },
        **only_once("table", "column", "means", "word"),
    ),
    [Word("words", "table", name, title) for name in SHEETS if name != "words" for title in titles(name)[1:]],
)

REPORTS = contract(
    "reports",
    {
        "unit": must("text"),
        "month": must("month"),
        "status": must("choice"),
        "note": column("text"),
    },
    **only_once("unit", "month"),
)

PROGRESS = contract(
    "progress",
    {
        "unit": must("text"),
        "date": column("text"),
        "month": column("text"),
        "year": column("year", checks=[YEAR]),
        "recognised": column("whole", needed=True, checks=[within(0, 9999, "recognised_allowed")]),
        "target": column("whole", checks=[TARGET]),
        **ORIGINS,
    },
)

COMMITMENTS = contract(
    "commitments",
    {
        "unit": must("text"),
        "said_on": must("date", checks=[DATE]),
        "december": must("whole", checks=[TARGET]),
        "who": column("text"),
        **ORIGINS,
    },
    **only_once("unit", "said_on"),
)

STEPS = ("idea", "plan", "carried out", "submitted", "scored", "recognised")
LOST = ("refused", "withdrawn", "revoked")
DOSSIERS = contract(
    "dossiers",
    {
        "dossier_code": column("text"),
        "product": must("text"),
        "producer": column("text"),
        "commune": column("text"),
        "unit": column("text"),
        "kind": column("choice", otherwise=without_remark),
        "stage": must("choice"),
        "stage_date": column("date", checks=[DATE]),
        "stars_expected": column("stars", checks=[STARS], severity="warning"),
        "round": column("text"),
        **ORIGINS,
    },
)

BREAKS = contract(
    "breaks",
    {
        "date": must("date", checks=[DATE]),
        "what_vi": must("text"),
        "what_en": column("text"),
        **ORIGINS,
    },
    **only_once("date"),
)

TABLES = (
    *(UNITS, COMMUNES, ALIASES, WORDS, REGISTER, PROGRESS),
    *(TARGETS, GOALS, ROUNDS, BREAKS, REPORTS, DOSSIERS, COMMITMENTS),
)
CONTRACTS = {table.name: table for table in TABLES}
UNIT_HEADERS = REGISTER.columns["unit"].metadata["headers"]
COMMUNE_HEADERS = REGISTER.columns["commune"].metadata["headers"]
LEVELS = ROUNDS.columns["level"].metadata["words"]
