"""File contents as bytes: CSV tables and ZIP archives that are the same on every machine."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

OLDEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
PLAIN_FILE_MODE = 0o100644 << 16


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """A comma-separated table, quoted where RFC 4180 asks for it, with LF line ends."""
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(rows)
    return table.getvalue().encode()


def lines_bytes(lines: Iterable[str]) -> bytes:
    """The lines, each with its LF."""
    return "".join(f"{line}\n" for line in lines).encode()


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    """An uncompressed archive of the members in the order given, without times or owners."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as writer:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, OLDEST_ZIP_TIME)
            info.create_system = 3
            info.external_attr = PLAIN_FILE_MODE
            writer.writestr(info, content)
    return archive.getvalue()
