#!/usr/bin/env bash
# Guess: openpyxl reads a workbook that was saved as "Strict Open XML", which Excel offers beside the usual kind and whose parts differ
# in namespaces only; or it raises InvalidFileException, as it does with formats that it doesn't read.
# Instead: load_workbook returns a workbook that has no sheet, so that a loop over its sheets reads nothing. All that it says is a
# warning, "File contains an invalid specification for 0. This will be removed". The same parts
# with the usual namespaces have their sheet, and calamine finds it in both.
# Seen with: openpyxl 3.1.5, python-calamine 0.9.1 on Python 3.11. One of the workbooks of MEDIQA 2021 is strict.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet openpyxl==3.1.5 python-calamine==0.9.1

cd "$folder"
cat > look.py <<'PY'
import warnings
from zipfile import ZipFile

from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

KINDS = {
    "usual": ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"),
    "strict": ("http://purl.oclc.org/ooxml/spreadsheetml/main", "http://purl.oclc.org/ooxml/officeDocument/relationships"),
}
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def relation(kind: str, target: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{kind}" Target="{target}"/></Relationships>'


for name, (main, office) in KINDS.items():
    with ZipFile(f"{name}.xlsx", "w") as book:
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/></Types>',
        )
        book.writestr("_rels/.rels", relation(f"{office}/officeDocument", "xl/workbook.xml"))
        sheets = '<sheets><sheet name="Answers" sheetId="1" r:id="rId1"/></sheets>'
        conformance = ' conformance="strict"' if name == "strict" else ""
        book.writestr("xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{office}"{conformance}>{sheets}</workbook>')
        book.writestr("xl/_rels/workbook.xml.rels", relation(f"{office}/worksheet", "worksheets/sheet1.xml"))
        cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>Honey helps.</t></is></c></row>'
        book.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>{cell}</sheetData></worksheet>')

found = {}
for name in KINDS:
    other = CalamineWorkbook.from_path(f"{name}.xlsx")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sheets = load_workbook(f"{name}.xlsx").sheetnames
    read = [other.get_sheet_by_name(one).to_python() for one in other.sheet_names]
    found[name] = sheets, [str(one.message) for one in said], read
    print(name, *found[name])
WARNING = "File contains an invalid specification for 0. This will be removed"
if found != {"usual": (["Answers"], [], [[["Honey helps."]]]), "strict": ([], [WARNING], [[["Honey helps."]]])}:
    raise SystemExit("changed: openpyxl finds the sheet, or says why not")
PY
"$folder/venv/bin/python" look.py
