"""Coverage-guided fuzzing of the door: whatever a file holds, it is read or told to be wrong.

    pip install atheris
    python tests/fuzz/door.py --seconds 600

An input is a byte that says what kind of file follows, a byte that says which table it is, and the file:
text, the parts of a workbook (zipped here, so that what is fuzzed is not the packing), or a workbook as it
lies on the disk. It is read with the embedded units and communes, and a register is counted. Any exception
but InputError, any warning, a message that cannot be told or belongs to no check, a filled row that the books
do not know, or more than ten seconds is a finding: the input is kept as ``crash-...`` or ``timeout-...`` in
the folder it is run from.
"""

import argparse
import io
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

import atheris

sys.path[:0] = map(str, Path(__file__).resolve().parents[1:3])  # `words` lies in tests
with atheris.instrument_imports(include=["ocop_forecast"]):
    from words import in_each_language

    from ocop_forecast.errors import InputError
    from ocop_forecast.files.cells import Book
    from ocop_forecast.files.reading import checked, read
    from ocop_forecast.tables.balance import COUNTED, LEFT_OUT, NO_ROWS, books_of
    from ocop_forecast.tables.certificates import stock
    from ocop_forecast.tables.loading import read_alone
    from ocop_forecast.tables.office import PLACED
    from ocop_forecast.tables.register import Terms, known, monthly_counts, read_aliases, read_register
    from ocop_forecast.tables.schema import CONTRACTS
    from ocop_forecast.tables.sources import DATA
    from ocop_forecast.tables.validation import OF

TERMS = Terms(read_alone(DATA, "units").set_index("unit"), read_alone(DATA, "communes"))
HOME = TERMS.home()
TABLES = sorted(CONTRACTS)
KINDS = ("text", "parts", "archive")
CUT = b"\n=====\n"
PARTS = ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
WORDS = [
    '<row r="2">', "</row>", '<c r="A1" t="s">', '<c t="inlineStr">', '<c t="str">', '<c t="e">', '<c s="1">',
    "</c>", "<v>", "</v>", "<f>", "</f>", "<is><t>", "</t></is>", '<mergeCell ref="A1:B9"/>', "<si><t>",
    "</t></si>", "XFD1048576", 'date1904="1"', 'state="hidden"', "<!DOCTYPE a [", "&#10;", "_x000B_", "43822",
    "23/12/2019", "tháng 4-2021", "mới", "Tổng cộng", "Nơi nhận:", "(1)", "I. Huyện", "#REF!", "1.234",
    "Tên sản phẩm", "Ngày quyết định", "\u200b", "\ufffd", "KHÔNG ĐẠT", "Trang 2", 'hidden="1"', "sep=|",
]  # fmt: skip


def rels(**kinds):
    links = "".join(
        f'<Relationship Id="{kind}" Type="{LINKS}/{kind}" Target="{target}"/>'
        for kind, target in kinds.items()
    )
    return f'<Relationships xmlns="{RELATIONS}">{links}</Relationships>'


FRAME = {
    "_rels/.rels": rels(officeDocument="xl/workbook.xml"),
    "xl/_rels/workbook.xml.rels": rels(
        worksheet="worksheets/sheet1.xml", sharedStrings="sharedStrings.xml", styles="styles.xml"
    ),
}


def workbook(data):
    """Return a workbook of the parts that `data` holds."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in FRAME.items():
            archive.writestr(name, content)
        for name, content in zip(PARTS, data.split(CUT), strict=False):
            archive.writestr(name, content)
    return out.getvalue()


def seeds():
    """Return a right input of each kind and table."""
    for number, name in enumerate(TABLES):
        path = DATA / f"{name}.csv"
        if not path.exists():
            continue
        lines = path.read_text(encoding="utf-8").splitlines()[:4]
        yield bytes([0, number]) + "\n".join(lines).encode()
        yield bytes([0, number]) + "\n".join(lines).replace(",", ";").encode("utf-16")
        parts = [_sheet(lines), _texts(lines), _styles(), _book()]
        yield bytes([1, number]) + CUT.join(part.encode() for part in parts)
        yield bytes([2, number]) + workbook(CUT.join(part.encode() for part in parts))


def _sheet(lines):
    rows = "".join(
        f'<row r="{r}">'
        + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in line.split(","))
        + "</row>"
        for r, line in enumerate(lines, start=1)
    )
    last = (
        '<row r="9"><c r="A9" t="s"><v>0</v></c><c r="B9" s="1"><v>43822</v></c><c r="C9"><f>A1</f></c></row>'
    )
    merges = '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}{last}</sheetData>{merges}</worksheet>'


def _texts(lines):
    return (
        f'<sst xmlns="{MAIN}">'
        + "".join(f"<si><t>{cell}</t></si>" for cell in lines[0].split(","))
        + "</sst>"
    )


def _styles():
    formats = '<numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts>'
    used = '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>'
    return f'<styleSheet xmlns="{MAIN}">{formats}{used}</styleSheet>'


def _book():
    return (
        f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><workbookPr date1904="0"/>'
        '<sheets><sheet name="a" sheetId="1" r:id="worksheet"/></sheets></workbook>'
    )


def try_one(folder, data):
    """Read one input as the file it stands for."""
    if len(data) < 2:
        return
    kind, table = KINDS[data[0] % len(KINDS)], TABLES[data[1] % len(TABLES)]
    path = folder / ("r.csv" if kind == "text" else "r.xlsx")
    path.write_bytes(workbook(data[2:]) if kind == "parts" else data[2:])
    try:
        reading = read_and_count(path, table)
        balanced(path, reading)
        faults = reading.warnings
    except InputError as error:
        faults = (*error.faults, *error.warnings)
        if not error.faults:
            raise AssertionError("refused without an error") from error
    for fault in faults:
        assert fault.key in OF
        assert all(in_each_language(fault.tell))


def read_and_count(path, table):
    """Return the reading of a table; of a register its products are counted too."""
    if table == "aliases":
        return read_aliases(path, terms=TERMS)
    if table != "register":
        reading = read(path, CONTRACTS[table])
        return checked(reading, *(PLACED[table](HOME, reading.table) if table in PLACED else ()))
    reading, home = read_register(path, terms=TERMS)
    register = known(reading, home, TERMS)
    counted = monthly_counts(register).to_numpy().sum()
    assert counted == (register["event"] == "new").sum()
    assert stock(register).loc["total", "valid"] <= register["certificate"].nunique()
    return reading


def balanced(path, reading):
    """Assert that each filled row of each sheet ended in one place, and each line of the books adds up."""
    filled = {grid.name: set(grid.rows) for grid in Book(path).grids() if grid.rows}
    assert {of.sheet: set(of.fates) for of in reading.sheet.balances} == filled
    for of in books_of(reading).balances:
        assert {*of.fates.values()} <= {*NO_ROWS, *COUNTED, *LEFT_OUT}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("files", nargs="*", help="inputs to try once more, such as crash-...")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.files:
            for file in asked.files:
                try_one(folder, Path(file).read_bytes())
            return
        corpus = folder / "corpus"
        corpus.mkdir()
        for number, seed in enumerate(seeds()):
            (corpus / str(number)).write_bytes(seed)
        words = folder / "words"
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS), encoding="ascii")
        options = [f"-max_total_time={asked.seconds}", "-timeout=10", "-max_len=16384", f"-dict={words}"]
        atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: try_one(folder, data))
        warnings.simplefilter("error")
        atheris.Fuzz()


def _escaped(word):
    return "".join(
        chr(byte) if byte < 128 and (chr(byte).isalnum() or byte in b" <>=/!:#_.") else f"\\x{byte:02x}"
        for byte in word.encode()
    )


if __name__ == "__main__":
    main()
