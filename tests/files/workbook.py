"""A workbook of one sheet, as small as a reader takes it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

DAY, MOMENT = 1, 2  # styles; a cell of one is (serial number, style)
Cell = str | float | bool | tuple[float, int] | None
_OFFICE = "http://schemas.openxmlformats.org"
_RELATIONS = f"{_OFFICE}/officeDocument/2006/relationships"
_MAIN = f"{_OFFICE}/spreadsheetml/2006/main"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_OFFICE}/package/2006/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="3"><xf numFmtId="0"/>'
    '<xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>',
}


def workbook(merged: str = "", **sheets: Sequence[Sequence[Cell]]) -> bytes:
    """The bytes of an .xlsx with these sheets; ``merged`` cells of each, as A2:A4."""
    listed, relations, parts = "", "", dict(_PARTS)
    for n, (name, rows) in enumerate(sheets.items(), 1):
        listed += f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>'
        target = f"worksheets/sheet{n}.xml"
        relations += f'<Relationship Id="r{n}" Type="{_RELATIONS}/worksheet" Target="{target}"/>'
        parts[f"xl/{target}"] = _sheet(rows, merged)
    relations += f'<Relationship Id="s" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>'
    )
    parts["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">{relations}</Relationships>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for path, text in parts.items():
            book.writestr(path, text)
    return out.getvalue()


def _sheet(rows: Sequence[Sequence[Cell]], merged: str) -> str:
    body = ""
    for r, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{chr(65 + c)}{r}", value) for c, value in enumerate(row))
        body += f'<row r="{r}">{cells}</row>'
    spans = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData>{spans}</worksheet>'


def _cell(at: str, value: Cell) -> str:
    match value:
        case None:
            return ""
        case bool():
            return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
        case (serial, style):
            return f'<c r="{at}" s="{style}"><v>{serial}</v></c>'
        case str() if value.startswith("#"):
            return f'<c r="{at}" t="e"><v>{value}</v></c>'
        case str():
            return f'<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{at}"><v>{value!r}</v></c>'
