"""The contract of each table: its columns, the headers they go by, their types and what is allowed in them.

The contracts are pandera schemas. A column's metadata says how its text is read and which other headers mean
it; a check's `error` is the key of the sentence in the catalogues that tells a clerk what to do.
"""

import pandas as pd
import pandera.pandas as pa

from ocop_forecast.files.reading import DTYPES
from ocop_forecast.text import fold

KINDS = {"new": "mới", "re-recognised": "công nhận lại", "upgraded": "nâng hạng", "revoked": "thu hồi"}
GROUPS = {"food": "thực phẩm", "drink": "đồ uống", "herbal": "dược liệu", "craft": "thủ công mỹ nghệ"}
GROUPS |= {"ornamental": "sinh vật cảnh", "tourism": "du lịch"}
LEVELS = {"province": "tỉnh", "district": "huyện", "central": "trung ương"}


def column(
    reads: str, *headers: str, needed: bool = False, filled: bool = False, checks=(), words=None, also=None
):
    """Return a pandera column whose text is read as `reads` and which also goes by `headers`.

    Parameters
    ----------
    reads : {"text", "whole", "number", "date", "month", "choice"}
        How a cell's text becomes a value.
    needed, filled : bool
        Whether the column must be there, and whether each of its cells must hold something.
    words : dict, optional
        Of a choice: our word -> the Vietnamese one, both accepted in any accent form.
    also : dict, optional
        Of a choice: what else is written -> our word.
    """
    words, choice = words or {}, dict[str, str]()
    for word, other in words.items():
        choice |= dict.fromkeys(map(fold, (word, other, f"công nhận {other}", f"cấp {other}")), word)
    choice |= {fold(said): word for said, word in (also or {}).items()}
    allowed = ", ".join(f"{word} ({other})" for word, other in words.items())
    metadata = {"reads": reads, "headers": headers, "choice": choice, "allowed": allowed, "words": words}
    return pa.Column(DTYPES[reads], list(checks), nullable=not filled, required=needed, metadata=metadata)


def must(reads: str, *headers: str, **terms):
    """Return a `column` that must be there, and each of its cells filled."""
    return column(reads, *headers, needed=True, filled=True, **terms)


def only_once(*names: str) -> dict:
    """Return the terms under which no two rows of a table agree in all of `names`; both rows are told."""
    check = pa.Check(lambda table: ~table.duplicated(list(names), keep=False), error="row_twice")
    return {"checks": check, "metadata": {"only_once": names}}


def within(low, high, key: str) -> pa.Check:
    """Return the check that values lie between `low` and `high`, told with the sentence `key`."""
    return pa.Check.in_range(low, high, error=key)


UNIT_HEADERS = (
    *("Huyện/thị xã/thành phố", "Huyện", "Đơn vị", "district", "Mã đơn vị", "Huyện, thị xã, thành phố"),
    *("Huyện/TX/TP", "Huyện/thành phố", "Huyện (thị xã, thành phố)", "Quận/huyện", "Tên huyện", "Địa phương"),
)
COMMUNE_HEADERS = (
    *("Xã/phường", "Xã, phường", "Xã", "Phường/xã", "Xã/phường/thị trấn", "Xã, phường, thị trấn"),
    "Tên xã",
)
PRODUCT_HEADERS = ("Tên sản phẩm", "Sản phẩm", "Tên sản phẩm OCOP", "Tên SP")
PRODUCER_HEADERS = ("Chủ thể", "Tên chủ thể", "Chủ thể sản xuất", "Cơ sở sản xuất", "Tên cơ sở")
STAR_HEADERS = ("Hạng sao", "Số sao", "Hạng", "Phân hạng", "Xếp hạng")
DECIDED_HEADERS = (
    *("Ngày quyết định", "Quyết định ngày", "Ngày QĐ", "Ngày, tháng, năm quyết định"),
    *("Ngày ký", "Ngày ký quyết định", "Ngày ban hành", "Ngày công nhận"),
)
STAGE_HEADERS = ("Tình trạng hồ sơ", "Trạng thái", "Bước", "Giai đoạn")
# a code names files, so it may not lead out of a folder
RESERVED = r"(?i:con|nul|aux|prn|com\d|lpt\d|total|province)"
CODE = pa.Check.str_matches(rf"^(?!{RESERVED}$)[A-Za-z0-9][A-Za-z0-9_-]{{0,39}}$", error="code_allowed")
TARGET = within(0, 9999, "target_allowed")
STARS = within(3, 5, "stars_allowed")
YEAR = within(2018, 2099, "year_allowed")
DATE = within(pd.Timestamp("2018-01-01"), pd.Timestamp("2099-12-31"), "date_allowed")
KNOWN_ORIGIN = pa.Check.isin(["published", "reconstructed"], error="origin_allowed")
ORIGIN = column("text", "Nguồn gốc số liệu", checks=[KNOWN_ORIGIN])
ORIGINS = {"origin": ORIGIN, "source": column("text", "Nguồn"), "note": column("text", "Ghi chú")}

UNITS = pa.DataFrameSchema(
    {
        "unit": must("text", "Mã đơn vị", "gso_code", checks=[CODE]),
        "name": must("text", "Tên đơn vị", "Đơn vị"),
        "type": column("text", "Loại"),
        "terrain": column("text", "Địa hình"),
        "province": column("text", "Mã tỉnh", checks=[CODE]),
        "province_name": column("text", "Tỉnh", "Tên tỉnh"),
        "tile_row": column("whole"),
        "tile_column": column("whole"),
        "valid_from": column("date", "Từ ngày"),
        "valid_to": column("date", "Đến ngày"),
        "successor": column("text", "Đơn vị kế thừa"),
    },
    checks=[
        pa.Check(lambda table: ~table["unit"].str.lower().duplicated(keep=False), error="row_twice"),
        pa.Check(lambda table: table["unit"] != table["province"].fillna(""), error="code_of_province"),
    ],
    metadata={"only_once": ("unit",)},
    name="units",
)

TARGETS = pa.DataFrameSchema(
    {
        "unit": must("text", *UNIT_HEADERS, *COMMUNE_HEADERS),
        "year": must("whole", "Năm", checks=[YEAR]),
        "target": column("whole", "Chỉ tiêu", "Kế hoạch", needed=True, checks=[TARGET]),
        **ORIGINS,
    },
    **only_once("unit", "year"),
    name="targets",
)

REGISTER = pa.DataFrameSchema(
    {
        "no": column("text", "TT", "STT"),
        "product_code": column("text", "Mã sản phẩm", "Mã SP"),
        "product": must("text", *PRODUCT_HEADERS),
        "producer": column("text", *PRODUCER_HEADERS),
        "producer_type": column("text", "Loại hình chủ thể"),
        "commune": column("text", *COMMUNE_HEADERS),
        "address": column("text", "Địa chỉ"),
        "unit": column("text", *UNIT_HEADERS),
        "group": column("choice", "Nhóm sản phẩm", words=GROUPS),
        "score": column("number", "Điểm", "Tổng điểm", checks=[within(0, 100, "score_allowed")]),
        "stars": column("whole", *STAR_HEADERS, checks=[STARS]),
        "decision_no": column("text", "Số quyết định", "Quyết định số", "Số QĐ"),
        "decision_date": must("date", *DECIDED_HEADERS, checks=[DATE]),
        "authority": column("text", "Cơ quan công nhận"),
        "round": column("text", "Đợt"),
        "programme_year": column("whole", "Năm", checks=[YEAR]),
        "kind": must("choice", "Hình thức", "Hình thức công nhận", words=KINDS),
        "expiry_date": column("date", "Ngày hết hạn"),
        **ORIGINS,
    },
    **only_once("unit", "product", "producer", "decision_no", "decision_date", "kind"),
    name="register",
)

HELD = {"held": "đã tổ chức", "planned": "dự kiến"}
ROUNDS = pa.DataFrameSchema(
    {
        "programme_year": column("whole", "Năm", checks=[YEAR]),
        "round": column("text", "Đợt"),
        "date": must("date", "Ngày", checks=[DATE]),
        "level": column("choice", "Cấp", words=LEVELS),
        "status": must("choice", "Trạng thái", words=HELD),
        "recognised": column("whole", "Số được công nhận"),
        **ORIGINS,
    },
    metadata={"only_once": ()},
    name="rounds",
)

COMMUNES = pa.DataFrameSchema(
    {
        "old_ward_code": must("text", "Mã xã cũ"),
        "old_ward": must("text", "Xã cũ"),
        "district_code_2025h1": column("text"),
        "district_2025h1": column("text"),
        "district_code_2024": must("text", "Mã huyện"),
        "district_2024": column("text", "Huyện"),
        "new_commune_code": must("text", "Mã xã mới", checks=[CODE]),
        "new_commune": must("text", "Xã mới"),
    },
    **only_once("old_ward_code"),
    name="communes",
)

ALIASED = {"unit": "đơn vị", "product": "sản phẩm"}
ALIASES = pa.DataFrameSchema(
    {
        "what": must("choice", "Loại", words=ALIASED),
        "unit": column("text", *UNIT_HEADERS, *COMMUNE_HEADERS),
        "written": must("text", "Cách viết trong sổ", "Cách viết"),
        "means": must("text", "Nghĩa là", "Tên đúng"),
        "confirmed_by": must("text", "Người xác nhận"),
        "confirmed_on": must("date", "Ngày xác nhận", checks=[DATE]),
        "note": column("text", "Ghi chú"),
    },
    **only_once("what", "unit", "written"),
    name="aliases",
)

REPORTED = {"reported": "đã báo cáo", "missing": "chưa báo cáo"}
REPORTS = pa.DataFrameSchema(
    {
        "unit": must("text", *UNIT_HEADERS, *COMMUNE_HEADERS),
        "month": must("month", "Tháng", "Kỳ báo cáo"),
        "status": must("choice", "Tình trạng", "Trạng thái", words=REPORTED),
        "note": column("text", "Ghi chú"),
    },
    **only_once("unit", "month"),
    name="reports",
)

STEPS = {"idea": "đăng ký ý tưởng", "plan": "duyệt phương án", "carried out": "đã triển khai"}
STEPS |= {"submitted": "đã nộp hồ sơ", "scored": "đã chấm điểm", "recognised": "được công nhận"}
LOST = {"refused": "từ chối", "withdrawn": "rút hồ sơ", "revoked": "thu hồi"}
STAGES = {**STEPS, "sent back": "trả lại", **LOST}
# what the dossier system and other offices call them
STAGES_ALSO = {
    **dict.fromkeys(("phương án được chấp thuận",), "plan"),
    **dict.fromkeys(("not sent", "chưa gửi"), "carried out"),
    **dict.fromkeys(("being sent", "đang gửi", "at the district", "tại huyện"), "submitted"),
    **dict.fromkeys(("at the province", "tại tỉnh", "nộp hồ sơ", "đã nộp"), "submitted"),
    **dict.fromkeys(("chấm điểm", "đã qua hội đồng"), "scored"),
    **dict.fromkeys(("finished", "hoàn thành", "công nhận", "đã công nhận"), "recognised"),
    "không đạt": "refused",
}
DOSSIERS = pa.DataFrameSchema(
    {
        "dossier_code": column("text", "Mã hồ sơ"),
        "product": must("text", "Tên sản phẩm"),
        "producer": column("text", "Chủ thể"),
        "commune": column("text", *COMMUNE_HEADERS),
        "unit": column("text", *UNIT_HEADERS),
        "kind": column("choice", "Hình thức", words=KINDS),
        "stage": must("choice", *STAGE_HEADERS, words=STAGES, also=STAGES_ALSO),
        "stage_date": column("date", "Ngày cập nhật", "Ngày", "Ngày đến bước này", checks=[DATE]),
        "stars_expected": column("whole", "Hạng sao dự kiến", checks=[STARS]),
        "round": column("text", "Đợt"),
        **ORIGINS,
    },
    metadata={"only_once": ()},
    name="dossiers",
)

BREAKS = pa.DataFrameSchema(
    {
        "date": must("date", "Ngày", "Từ ngày", checks=[DATE]),
        "what_vi": must("text", "Nội dung", "Thay đổi", "what"),
        "what_en": column("text", "Nội dung (tiếng Anh)"),
        **ORIGINS,
    },
    **only_once("date"),
    name="breaks",
)

TABLES = (UNITS, COMMUNES, ALIASES, REGISTER, TARGETS, ROUNDS, BREAKS, REPORTS, DOSSIERS)
CONTRACTS = {contract.name: contract for contract in TABLES}
# what a table's sheet is called in a workbook, besides its own name
IN_VIETNAMESE = (
    *("Đơn vị", "Xã cũ và mới", "Tên gọi khác", "Sổ đăng ký", "Chỉ tiêu", "Đợt đánh giá", "Thay đổi cấp"),
    *("Báo cáo", "Hồ sơ"),
)
SHEETS = dict(zip(CONTRACTS, IN_VIETNAMESE, strict=True))
