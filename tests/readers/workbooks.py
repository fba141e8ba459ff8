"""Excel workbooks written by hand, transitional or strict (the namespaces of ISO/IEC 29500)."""

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZipFile, ZipInfo

NAMESPACES = {
    False: ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"),
    True: ("http://purl.oclc.org/ooxml/spreadsheetml/main", "http://purl.oclc.org/ooxml/officeDocument/relationships"),
}  # fmt: skip
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def write(path: Path, rows: Sequence[Sequence[str | float | None]], strict: bool = False, sheets: int = 1) -> None:
    """Write a workbook whose sheets have these rows; None is an empty cell."""
    main, office = NAMESPACES[strict]
    numbers = range(1, sheets + 1)
    listed = "".join(f'<sheet name="S{one}" sheetId="{one}" r:id="rId{one}"/>' for one in numbers)
    targets = "".join(_relation(f"rId{one}", f"{office}/worksheet", f"worksheets/sheet{one}.xml") for one in numbers)
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{one}.xml" ContentType="{KIND}.worksheet+xml"/>' for one in numbers
    )
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>{parts}</Types>',
        "_rels/.rels": _relations(_relation("rId1", f"{office}/officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(targets),
        **dict.fromkeys((f"xl/worksheets/sheet{one}.xml" for one in numbers), _sheet(main, rows)),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(path, "w") as packed:
        for name, content in files.items():
            info = ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.compress_type = 8
            packed.writestr(info, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{content}')


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>'


def _relations(content: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships">{content}</Relationships>'


def _sheet(namespace: str, rows: Sequence[Sequence[str | float | None]]) -> str:
    lines = "".join(_row(number, row) for number, row in enumerate(rows, 1))
    return f'<worksheet xmlns="{namespace}"><sheetData>{lines}</sheetData></worksheet>'


def _row(number: int, row: Sequence[str | float | None]) -> str:
    cells = "".join(_cell(f"{chr(65 + column)}{number}", cell) for column, cell in enumerate(row))
    return f'<row r="{number}">{cells}</row>'


def _cell(place: str, value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'
