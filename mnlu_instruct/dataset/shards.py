"""Reading the rows of a built data set in batches of some thousand rows."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds

from mnlu_instruct.errors import UserError

ROWS = 5_000


def batches(
    folder: Path, columns: Sequence[str], condition: ds.Expression | None = None, rows: int = ROWS
) -> Iterator[pa.RecordBatch]:
    """Batches of some columns of a data set's rows, of all its splits, in their order.

    Args:
        folder: the data set.
        columns: the names of the columns.
        condition: a filter of rows; None reads all.
        rows: the maximum rows of a batch.

    Raises:
        UserError: the data set has no shards, or they can't be read.
    """
    paths = sorted(map(str, folder.glob("*.parquet")))
    if not paths:
        raise UserError(f"{folder} has no shards (*.parquet).", "build the data set again.")
    try:
        yield from ds.dataset(paths, format="parquet").to_batches(
            columns=list(columns),
            filter=condition,
            batch_size=rows,
            batch_readahead=1,
            fragment_readahead=1,
            fragment_scan_options=ds.ParquetFragmentScanOptions(pre_buffer=False),
        )
    except (pa.ArrowInvalid, KeyError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(f"The shards in {folder} can't be read ({reason}).", "build the data set again.") from error
