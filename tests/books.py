"""Workbooks taken apart and put together again, part by part."""

import io
import zipfile

SHEET1 = "xl/worksheets/sheet1.xml"


def parts(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(contents):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return out.getvalue()


def inflated(data, megabytes):
    """Return a workbook whose sheet unpacks to many megabytes of blank cells."""
    contents = parts(data)
    blank = b"<row><c/><c/></row>" * (megabytes * 1_000_000 // 19)
    return zipped({**contents, SHEET1: contents[SHEET1].replace(b"</sheetData>", blank + b"</sheetData>")})
