"""Workbooks of Excel 97-2003: read as .xlsx is, or refused in words, whatever they hold."""

import random
import subprocess
from contextlib import suppress
from struct import pack

import pytest
from books import parts, zipped
from test_cells import told
from test_sheet import RIGHT, TABLE, book
from xls import (
    STRUCK,
    compound,
    formula,
    hidden_columns,
    hidden_row,
    label,
    merged,
    number,
    record,
    workbook,
)  # fmt: skip

from ocop_forecast import InputError
from ocop_forecast.files import xls
from ocop_forecast.files.cells import Book
from ocop_forecast.files.excel import UNCOMPUTED
from ocop_forecast.files.reading import checked, read
from ocop_forecast.tables.schema import CONTRACTS

DAY, MONTH, YEARLESS, PADDED = 1, 2, 3, 4


def saved(tmp_path, *sheets, **kwargs):
    path = tmp_path / "r.xls"
    path.write_bytes(workbook(*sheets, **kwargs))
    return Book(path)


def typed(rows):
    return b"".join(label(n, at, cell) for n, row in enumerate(rows) for at, cell in enumerate(row) if cell)


def test_a_register_is_read_as_from_xlsx(tmp_path):
    (tmp_path / "r.xls").write_bytes(workbook(typed(TABLE)))
    (tmp_path / "r.xlsx").write_bytes(book())
    old, new = (checked(read(tmp_path / name, CONTRACTS["register"])).table for name in ("r.xls", "r.xlsx"))
    assert len(old) == len(RIGHT)
    assert old.equals(new)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (number(0, 0, 3.0), "3"),
        (number(0, 0, 72.5), "72.5"),
        (number(0, 0, 45540, DAY), "2024-09-05"),
        (number(0, 0, 45540.75, DAY), "2024-09-05"),
        (number(0, 0, 45536, MONTH), "2024-09"),
        (number(0, 0, 45540, MONTH), "2024-09-05"),
        (number(0, 0, 45540, YEARLESS), "2024-09-05"),
        (number(0, 0, 7, PADDED), "007"),
        (formula(0, 0, 5.0), "5"),
        (formula(0, 0, 0.0), "0"),
        (formula(0, 0, 0.0, options=2), UNCOMPUTED),
        (formula(0, 0, 0.0, options=3), UNCOMPUTED),
        (formula(0, 0, b"\2\0\x2a\0\0\0\xff\xff"), "#N/A"),
        (record(0x205, pack("<HHHBB", 0, 0, 0, 23, 1)), "#REF!"),
        (record(0x205, pack("<HHHBB", 0, 0, 0, 1, 0)), "TRUE"),
        (label(0, 0, "Cẩm Thủy"), "Cẩm Thủy"),
    ],
)
def test_a_cell_shows_what_excel_shows(tmp_path, cell, shown):
    assert saved(tmp_path, cell).grids()[0].rows == {1: [shown]}


def test_days_count_from_1904_where_the_workbook_says_so(tmp_path):
    day = number(0, 0, 45540 - 1462, DAY) + number(0, 1, 44078)
    grid = saved(tmp_path, day, glob=record(0x22, b"\1\0")).grid("Trang 1")
    assert (grid.rows[1], grid.from_1904) == (["2024-09-05", "44078"], True)


def test_what_is_hidden_struck_through_or_merged_is_known(tmp_path):
    cells = label(0, 0, "a") + label(1, 0, "b", STRUCK) + label(3, 2, "c") + number(4, 0, 45540, YEARLESS)
    extra = hidden_row(3) + hidden_row(9) + hidden_columns(2, 255) + merged(0, 1, 3, 4)
    book = saved(tmp_path, extra + cells, label(0, 0, "x"), hidden=[1])
    assert book.names == ["Trang 1", "Trang 2"]
    first, second = book.grids()
    assert (first.hidden, second.hidden) == (False, True)
    assert (first.struck, first.yearless) == ({(2, 0)}, {(5, 0)})
    assert (first.hidden_rows, min(first.hidden_columns), max(first.hidden_columns)) == ({4}, 2, 99)
    assert first.merges == [(1, 2, 3, 4)]
    assert list(first.rows) == [1, 2, 4, 5]


def test_a_stray_cell_is_named_before_it_takes_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", None)
    (tmp_path / "r.xls").write_bytes(workbook(typed(TABLE) + label(65_535, 255, "x")))
    sheet, key, values = told(tmp_path / "r.xls")
    assert (sheet, key, values["cell"]) == ("Trang 1", "stray_cell", "IV65536")


def test_a_last_row_alone_is_read(tmp_path):
    grid = saved(tmp_path, label(0, 0, "a") + label(65_535, 3, "z")).grid("Trang 1")
    assert list(grid.rows) == [1, 65_536]


@pytest.mark.parametrize(
    ("bound", "key"),
    [("BYTES", "file_large"), ("RECTANGLE", "file_large"), ("CELLS", "too_many_rows"),
     ("ELEMENTS", "file_bomb"), ("LETTERS", "cell_long")],
)  # fmt: skip
def test_a_workbook_beyond_its_bounds_is_refused(tmp_path, monkeypatch, bound, key):
    monkeypatch.setattr(xls, bound, 3)
    (tmp_path / "r.xls").write_bytes(workbook(typed(TABLE)))
    assert told(tmp_path / "r.xls")[1] == key


PASSWORD = compound("EncryptedPackage".encode("utf-16-le"), "EncryptionInfo")


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (workbook(b"", glob=record(0x2F, bytes(54))), "file_password"),
        (PASSWORD, "file_password"),
        (compound(b"", "WordDocument"), "file_document"),
        (compound(b"", "Something"), "file_unreadable"),
        (compound(b"nothing that Excel wrote"), "file_unreadable"),
        (workbook(typed(TABLE))[:2000], "file_unreadable"),
        (b"<html><table><tr><td>1", "file_other_excel"),
        (b"TT,Huyen\n1,2\n", "file_is_text"),
    ],
)
def test_what_is_no_such_workbook_is_refused_in_words(tmp_path, data, key):
    (tmp_path / "r.xls").write_bytes(data)
    assert told(tmp_path / "r.xls")[1] == key


@pytest.mark.parametrize(("name", "data"), [("r.xls", book()), ("r.xlsx", workbook(typed(TABLE)))])
def test_a_wrong_ending_is_no_hindrance(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    assert Book(tmp_path / name).grid("Trang 1").rows[1] == TABLE[0]


def test_a_workbook_renamed_to_text_is_told(tmp_path):
    (tmp_path / "r.csv").write_bytes(workbook(typed(TABLE)))
    assert told(tmp_path / "r.csv")[1] == "file_is_excel"


def test_sectors_that_come_back_to_themselves_are_refused(tmp_path):
    data = bytearray(workbook(typed(TABLE)))
    data[512 + 4 * 3 : 512 + 4 * 4] = pack("<I", 2)
    (tmp_path / "r.xls").write_bytes(data)
    assert told(tmp_path / "r.xls")[1] == "file_bomb"


def test_what_ends_or_silences_the_reader_is_one_fault(tmp_path, monkeypatch):
    (tmp_path / "r.xls").write_bytes(workbook(typed(TABLE)))
    for code in ("import os; os.abort()", "import time; time.sleep(99)", "print('no JSON')"):
        (tmp_path / "reader.py").write_text(code, encoding="utf-8")
        monkeypatch.setattr(xls.calamine, "__file__", str(tmp_path / "reader.py"))
        monkeypatch.setattr(xls, "SECONDS", 1)
        assert told(tmp_path / "r.xls")[1:] == ("file_unreadable", {"reason": "Excel 97-2003"})


def test_broken_bytes_never_do_more_than_refuse(tmp_path, capfd):
    draw, whole = random.Random(21), workbook(typed(TABLE))
    for _ in range(30):
        data = bytearray(whole)
        for _ in range(draw.choice([1, 4, 30])):
            data[draw.randrange(8, len(data))] = draw.choice([0, 1, 127, 255])
        (tmp_path / "r.xls").write_bytes(data)
        with suppress(InputError):
            Book(tmp_path / "r.xls").grids()
    assert capfd.readouterr() == ("", "")


def test_a_binary_workbook_is_told_under_any_ending(tmp_path):
    inner = {**parts(book()), "xl/workbook.bin": b""}
    (tmp_path / "r.xls").write_bytes(zipped(inner))
    assert told(tmp_path / "r.xls")[1] == "file_other_excel"
