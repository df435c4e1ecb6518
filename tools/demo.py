"""Write data/example/demo_so_lieu_minh_hoa.xlsx: the filled workbook of a small province that does not exist.

Who has no tables yet can check it, run it and read the pages; every row says that it is made up.
"""

import re
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pandas as pd

from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.tables.loading import read_alone
from ocop_forecast.tables.template import write_template

BOOK = Path(__file__).resolve().parents[1] / "data" / "example" / "demo_so_lieu_minh_hoa.xlsx"
MADE_UP = {"origin": "reconstructed", "source": "tools/demo.py", "note": "Số liệu minh họa, không có thật."}
SEED, YEARS, AS_OF = 2025, range(2021, 2026), date(2025, 9, 30)
PROVINCE = ("M0", "Tỉnh Minh Họa")
# name, products a year, target of the last year
UNITS = {
    "Phường Bình Minh": (4.0, 5),
    "Phường Trung Tâm": (3.5, 5),
    "Xã Bến Lành": (2.5, 4),
    "Xã Cầu Tre": (2.0, 3),
    "Xã Đồi Chè": (3.0, 4),
    "Xã Hồ Sen": (1.5, 3),
    "Xã Làng Nón": (2.0, 3),
    "Xã Núi Quế": (1.0, 2),
    "Xã Suối Mơ": (1.0, 2),
    "Xã Vườn Cam": (2.5, 3),
}
COUNCILS = ((4, 24), (8, 21), (10, 30), (12, 18))  # months and days of each year
SHARES = (0.15, 0.25, 0.25, 0.35)  # of a year's products that a council recognises
GROUPS = {"Chè": "food", "Mật ong": "food", "Rượu quế": "drink", "Nón lá": "craft", "Cam sấy": "food"}
STAGES = ("idea", "plan", "carried out", "submitted")


def tables() -> dict[str, pd.DataFrame]:
    """Return the tables of the province by name, as text: the same each time."""
    chance = Random(SEED)
    codes = {name: f"M{at:02}" for at, name in enumerate(UNITS, 1)}
    made = pd.DataFrame([*_products(chance)])
    places = [(at // 4 + 1, at % 4 + 1) for at in range(len(UNITS))]
    units = [
        {
            "unit": codes[name],
            "name": name.partition(" ")[2],
            "type": name.partition(" ")[0],
            "province": PROVINCE[0],
        }
        | {"province_name": PROVINCE[1], "tile_row": row, "tile_column": column}
        for name, (row, column) in zip(UNITS, places, strict=True)
    ]
    found = {
        "units": pd.DataFrame(units),
        "targets": pd.DataFrame([*_targets()]),
        "register": made,
        "rounds": pd.DataFrame([*_rounds(made)]),
        "dossiers": pd.DataFrame([*_dossiers(chance)]),
    }
    return found | {name: table.assign(**MADE_UP) for name, table in found.items() if name != "units"}


def _products(chance: Random) -> Iterator[dict[str, object]]:
    """Yield every product recognised up to the as-of day, its decision a few days after the council."""
    count = 0
    for year in YEARS:
        for (month, day), share in zip(COUNCILS, SHARES, strict=True):
            decided = date(year, month, day)
            for name, (rate, _) in UNITS.items():
                for _ in range(_count(chance, rate * share) if decided <= AS_OF else 0):
                    count += 1
                    yield _product(chance, count, name, decided)


def _count(chance: Random, mean: float) -> int:
    """Draw a Poisson count."""
    count, left = 0, 2.718281828459045**-mean
    product = chance.random()
    while product > left:
        count, product = count + 1, product * chance.random()
    return count


def _product(chance: Random, count: int, name: str, decided: date) -> dict[str, object]:
    word = chance.choice([*GROUPS])
    return {
        "product": f"{word} minh họa {count:03}",
        "producer": f"Hợp tác xã minh họa {1 + count % 40:02}",
        "commune": name,
        "group": GROUPS[word],
        "stars": chance.choice((3, 3, 3, 4)),
        "decision_no": f"{decided:%m%d}/QĐ-MH",
        "decision_date": decided,
        "kind": "new",
        "expiry_date": decided.replace(year=decided.year + 3),
    }


def _targets() -> Iterator[dict[str, object]]:
    for year in YEARS:
        for name, (rate, last) in UNITS.items():
            yield {"unit": name, "year": year, "target": last if year == YEARS[-1] else round(rate)}


def _rounds(made: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield the councils: held, with what each recognised, and planned in the last year."""
    counts = made["decision_date"].value_counts()
    for year in YEARS:
        for at, (month, day) in enumerate(COUNCILS, 1):
            decided = date(year, month, day)
            held = {"status": "held", "recognised": int(counts.get(decided, 0))}
            told = held if decided <= AS_OF else {"status": "planned"}
            yield {"programme_year": year, "round": f"Đợt {at}", "date": decided, "level": "province", **told}


def _dossiers(chance: Random) -> Iterator[dict[str, object]]:
    """Yield the steps of the dossiers that are open on the as-of day."""
    for count in range(1, 25):
        name, steps = chance.choice([*UNITS]), chance.randint(1, len(STAGES))
        begun = AS_OF - timedelta(days=chance.randint(150, 240))
        for at, stage in enumerate(STAGES[:steps]):
            yield {
                "dossier_code": f"HS-MH-{count:03}",
                "product": f"Hồ sơ minh họa {count:03}",
                "producer": f"Hợp tác xã minh họa {1 + count % 40:02}",
                "commune": name,
                "kind": "new",
                "stage": stage,
                "stage_date": begun + timedelta(days=35 * at),
                "stars_expected": 3,
            }


def made(path: Path) -> None:
    """Write the workbook: the same bytes whenever it is made."""
    with tempfile.TemporaryDirectory() as folder, set_options(lang="vi"):
        for name, table in tables().items():
            table.to_csv(Path(folder) / f"{name}.csv", index=False)
        known = {name: read_alone(folder, name) for name in tables()}
        write_template(path, known, YEARS[-1])
    _dated(path)


def _dated(path: Path) -> None:
    """Date a workbook, and every part of it, by the as-of day instead of the clock."""
    with ZipFile(path) as parts:
        contents = {name: parts.read(name) for name in parts.namelist()}
    core = "docProps/core.xml"
    contents[core] = re.sub(rb"[0-9-]{10}T[0-9:]{8}Z", f"{AS_OF}T00:00:00Z".encode(), contents[core])
    with ZipFile(path, "w", ZIP_DEFLATED) as dated:
        for name, content in contents.items():
            entry = ZipInfo(name, (*AS_OF.timetuple()[:3], 0, 0, 0))
            entry.create_system, entry.compress_type = 0, ZIP_DEFLATED
            dated.writestr(entry, content)


if __name__ == "__main__":
    made(BOOK)
