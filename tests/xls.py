"""Excel 97-2003 workbooks written record by record, no more of them than the tests need."""

from struct import pack

BOF, EOF, NUMBER, LABEL, FORMULA, BOOLERR = 0x809, 0x0A, 0x203, 0x204, 0x06, 0x205
FORMATS = ["General", "dd/mm/yyyy", "mmm-yy", "dd/mm", "000"]  # a cell's style is its format's place here
STRUCK = len(FORMATS)  # the style of what is struck through


def record(kind, *body):
    body = b"".join(body)
    return pack("<HH", kind, len(body)) + body


def text(letters, width="<H"):
    """Return a text as BIFF8 writes it, in two bytes a letter."""
    return pack(width, len(letters)) + b"\1" + letters.encode("utf-16-le")


def label(row, column, letters, style=0):
    return record(LABEL, pack("<HHH", row, column, style), text(letters))


def number(row, column, value, style=0):
    return record(NUMBER, pack("<HHHd", row, column, style, value))


def formula(row, column, result, options=0):
    """Return a formula (1) and its stored result: a number, or eight bytes."""
    result = result if isinstance(result, bytes) else pack("<d", result)
    return record(FORMULA, pack("<HHH", row, column, 0), result, pack("<HIH", options, 0, 3), b"\x1e\1\0")


def merged(first, last, left, right):
    return record(0xE5, pack("<5H", 1, first, last, left, right))


def hidden_row(row):
    return record(0x208, pack("<HHHHHHHH", row, 0, 5, 255, 0, 0, 0x20, 15))


def hidden_columns(first, last):
    return record(0x7D, pack("<HHHHHH", first, last, 2304, 15, 1, 0))


def workbook(*sheets, hidden=(), glob=b""):
    """Return a workbook of sheets, each the bytes of its records; some `hidden`, by number from 0."""
    fonts = b"".join(record(0x31, pack("<HHHHHBBBB", 200, strike, 0, 400, 0, 0, 0, 0, 0), text("A", "<B"))
                     for strike in (0, 8))  # fmt: skip
    formats = b"".join(record(0x41E, pack("<H", 164 + n), text(code)) for n, code in enumerate(FORMATS) if n)
    styles = [(0, 164 + n if n else 0) for n in range(len(FORMATS))] + [(1, 0)]
    looks = b"".join(record(0xE0, pack("<HH", *style), bytes(16)) for style in styles)
    start = record(BOF, pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + glob + fonts + formats + looks
    parts = [record(BOF, pack("<HHHHII", 0x600, 16, 0, 0, 0, 0)) + cells + record(EOF) for cells in sheets]
    names = [text(f"Trang {n + 1}", "<B") for n in range(len(sheets))]
    at = len(start) + sum(10 + len(name) for name in names) + 4
    bounds = b""
    for n, (name, part) in enumerate(zip(names, parts, strict=True)):
        bounds += record(0x85, pack("<IBB", at, n in hidden, 0), name)
        at += len(part)
    return compound(start + bounds + record(EOF) + b"".join(parts))


def compound(stream, name="Workbook"):
    """Return the compound file around one stream: a header, sectors that say what follows what, a folder."""
    stream = stream.ljust(4096, b"\0")
    stream += bytes(-len(stream) % 512)
    count = len(stream) // 512
    tables = -(-(count + 2) // 127)
    chain = [*[0xFFFFFFFD] * tables, 0xFFFFFFFE, *range(tables + 2, tables + 1 + count), 0xFFFFFFFE]
    chain += [0xFFFFFFFF] * (128 * tables - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + pack("<HHHHH", 62, 3, 0xFFFE, 9, 6) + bytes(10)
    header += pack("<IIIIIIII", tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += pack("<109I", *range(tables), *[0xFFFFFFFF] * (109 - tables))

    def entry(name, kind, child, start, size):
        letters = (name + "\0").encode("utf-16-le")
        head = letters.ljust(64, b"\0") + pack("<HBB", len(letters), kind, 1)
        return head + pack("<III", *[0xFFFFFFFF] * 2, child) + bytes(36) + pack("<III", start, size, 0)

    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(name, 2, 0xFFFFFFFF, tables + 1, len(stream))
    return header + pack(f"<{len(chain)}I", *chain) + folder.ljust(512, b"\0") + stream
