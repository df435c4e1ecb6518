"""What a large register and hostile files cost at the door: seconds and memory, each in a process of its own.

python benchmarks/door.py

Beside each workbook stands what openpyxl takes to read its cells alone, as a stream within the same bounds.
"""

import csv
import datetime as dt
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter

ROWS = 50_000
MOST = 8_000_000_000  # bytes that openpyxl may take
DATA = Path(__file__).resolve().parent.parent / "data"
BESIDE = ("units", "communes", "targets", "rounds", "breaks")
HEAD = [
    "TT", "Tên sản phẩm", "Chủ thể", "Xã/phường", "Huyện", "Nhóm sản phẩm", "Điểm", "Hạng sao",
    "Số quyết định", "Ngày quyết định", "Cơ quan công nhận", "Đợt", "Năm", "Hình thức", "Ghi chú",
]  # fmt: skip
WORDS = [
    "gạo", "mật", "chè", "nước", "rượu", "bánh", "thịt", "cá", "mắm", "trà", "nếp", "ong", "lam", "men",
    "gai", "chua", "khô", "tôm", "xanh", "rừng", "ngọt", "sạch", "thơm", "dẻo", "cay", "quê", "sơn", "lâm",
    "phúc", "an", "thành", "vinh", "hòa", "bình", "minh", "đức", "tâm", "phát",
    "lộc", "hưng", "thịnh", "yên", "xuân",
]  # fmt: skip
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def register(rows: int = ROWS) -> Iterator[list]:
    """Yield the header and the rows of a register of all communes, no two of them alike."""
    yield HEAD
    draw = random.Random(1)
    with (DATA / "communes.csv").open(encoding="utf-8", newline="") as handle:
        places = [(row["old_ward"], row["district_2024"]) for row in csv.DictReader(handle)]
    for number in range(1, rows + 1):
        day = dt.date(2019, 1, 1) + dt.timedelta(number % 2000)
        yield [
            number, " ".join(draw.choices(WORDS, k=6)), "HTX " + " ".join(draw.choices(WORDS, k=3)),
            *draw.choice(places), "food", 62.5, 3, f"{number}/QĐ-UBND", day.strftime("%d/%m/%Y"),
            "district", "Đợt 1", day.year, "mới", "",
        ]  # fmt: skip


def write_csv(path: Path):
    """Write the large register as text, and the province's other tables beside it."""
    beside(path)
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(register())


def write_large_excel(path: Path):
    """Write the large register as a workbook, and the province's other tables beside it."""
    beside(path)
    write_excel(path, ROWS)


def beside(path: Path):
    """Copy the tables that a province has beside its register."""
    for name in BESIDE:
        shutil.copy(DATA / f"{name}.csv", path.parent)


def write_excel(path: Path, rows: int):
    """Write a register as a workbook."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(register(rows)):
            sheet.write_row(number, 0, row)


def stuffed(path: Path, before: bytes, piece: bytes, times: int, after: bytes, part: str = "sheet"):
    """Write a workbook one part of which is `piece`, many times over."""
    small = path.with_suffix(".small.xlsx")
    write_excel(small, rows=3)
    wanted = {"sheet": "xl/worksheets/sheet1.xml", "texts": "xl/sharedStrings.xml"}[part]
    with zipfile.ZipFile(small) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in {*source.namelist(), wanted} - {wanted}:
            target.writestr(name, source.read(name))
        with target.open(wanted, "w") as handle:
            handle.write(before)
            for _ in range(times // 1000):
                handle.write(piece * 1000)
            handle.write(after)


SHEET = b"<worksheet " + MAIN + b"><sheetData>"
END = b"</sheetData></worksheet>"


def noise(path: Path):
    """Write a sheet of a hundred thousand rows of twenty cells, all different."""
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        for row in range(1, 100_000):
            sheet.write_row(row, 0, [f"{row * 31 + column * 7:x} và {row}" for column in range(20)])


def blanks(path: Path):
    """Write a sheet of blank cells that packs too badly to be known as a bomb by its packing."""
    draw = random.Random(1)
    rows = b"".join(b'<row><c s="%d"/></row>' % draw.randrange(10**9) for _ in range(4_000_000))
    stuffed(path, SHEET + rows, b"", 0, END)


HOSTILE = {
    "cell in XFD1048576": lambda path: stuffed(
        path, SHEET, b"", 0, b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>' + END
    ),
    "400 MB of rows in a small file": lambda path: stuffed(
        path, SHEET, b"<row><c><v>1</v></c></row>", 16_000_000, END
    ),
    "one row of two million cells": lambda path: stuffed(
        path, SHEET + b"<row>", b"<c/>", 2_400_000, b"</row>" + END
    ),
    "190 MB of blank cells, badly packed": blanks,
    "a tag that does not end": lambda path: stuffed(path, b"<worksheet a='", b"x" * 9, 1_000_000, b"'/>"),
    "a text that does not end": lambda path: stuffed(
        path, SHEET + b"<row><c><v>", b"x" * 9, 1_000_000, b"</v></c></row>" + END
    ),
    "three million brackets": lambda path: stuffed(path, SHEET, b"<a>", 3_000_000, END),
    "a million shared texts": lambda path: stuffed(
        path, b"<sst " + MAIN + b">", b"<si><t>a</t></si>", 580_000, b"</sst>", "texts"
    ),
    "a hundred thousand merges": lambda path: stuffed(
        path,
        SHEET + _rows(90_000) + b"</sheetData><mergeCells>",
        b'<mergeCell ref="A2:A99999"/>',
        99_000,
        b"</mergeCells></worksheet>",
    ),
    "an entity": lambda path: stuffed(path, b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">]>' + SHEET, b"", 0, END),
    "two million different cells": noise,
    "49 MB of text without a line": lambda path: path.write_bytes(b"x" * 49_000_000),
    "49 MB of commas": lambda path: path.write_bytes(b"," * 49_000_000),
    "49 MB of line ends": lambda path: path.write_bytes(b"\n" * 49_000_000),
    "49 MB of zero bytes": lambda path: path.write_bytes(b"a" + b"\0" * 49_000_000),
    "49 MB of quotation marks": lambda path: path.write_bytes(b'"' * 49_000_000),
    "60 MB of text": lambda path: path.write_bytes(b"a,b\n" * 15_000_000),
}


def _rows(count):
    return b"".join(b'<row r="%d"><c><v>1</v></c><c><v>2</v></c></row>' % row for row in range(1, count + 1))


def one(path: str):
    """Check one file and print what became of it, the seconds, and the most memory held."""
    from ocop_forecast import check, set_options

    path = Path(path)
    target = path.parent if (path.parent / "units.csv").exists() else path
    start = time.perf_counter()
    with set_options(lang="en"):
        found = check(target, as_of="2024-09")
    seconds = time.perf_counter() - start
    counts = found["result"].value_counts()
    errors = found.loc[found["result"] == "error"].drop_duplicates("finding")["check"].unique()
    said = f"refused: {', '.join(errors)}" if len(errors) else f"read, {counts.get('warning', 0)} warnings"
    print(json.dumps([said, seconds, _peak()]))


def beside_openpyxl(path: str):
    """Read the cells of one workbook with openpyxl, and print the seconds and the most memory held."""
    from openpyxl import load_workbook

    from ocop_forecast.files.excel import COLUMNS, ROWS

    resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST))
    start, ended = time.perf_counter(), ""
    try:
        for sheet in load_workbook(path, read_only=True, data_only=True):
            deque(sheet.iter_rows(max_row=ROWS, max_col=COLUMNS, values_only=True), maxlen=0)
    except Exception as error:  # whatever it is, the line says its name
        ended = type(error).__name__
    print(f"{time.perf_counter() - start:8.1f} {_peak():6.0f} {ended}")


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(*asked) -> str:
    """Return what this script prints when asked so, in a process of its own."""
    command = [sys.executable, __file__, *map(str, asked)]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    except subprocess.TimeoutExpired:
        return "more than 120 seconds"


FILES = {
    f"register of {ROWS} rows, .csv": write_csv,
    f"register of {ROWS} rows, .xlsx": write_large_excel,
    **HOSTILE,
}


def main():
    """Print a line a file."""
    print(f"{'file':36} {'seconds':>8} {'MB':>6}  {'outcome':40} openpyxl: seconds, MB")
    for name in FILES:
        with tempfile.TemporaryDirectory() as folder:
            is_text = name.endswith((".csv", "text")) or "49 MB" in name
            path = Path(folder) / ("register.csv" if is_text else "register.xlsx")
            apart("make", name, path)
            said, seconds, peak = json.loads(apart("read", path))
            other = "" if is_text else apart("openpyxl", path).rstrip()
        print(f"{name:36} {seconds:8.1f} {peak:6.0f}  {said:40} {other}", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", name, path]:
            FILES[name](Path(path))
        case ["read", path]:
            one(path)
        case ["openpyxl", path]:
            beside_openpyxl(path)
        case _:
            main()
