"""Write the demo corpora: ``python -m mnlu_instruct.demo [--out DIR]``."""

import argparse
from pathlib import Path

from mnlu_instruct.demo.corpora import build

DATA = Path(__file__).parent / "data"


def main() -> None:
    """Write every file under the chosen folder, each first under a temporary name."""
    parser = argparse.ArgumentParser(prog="python -m mnlu_instruct.demo", description="Write the demo corpora.")
    parser.add_argument("--out", type=Path, default=DATA, help="folder to write to (default: the package's data)")
    out: Path = parser.parse_args().out
    for name, content in build().items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.tmp")
        unfinished.write_bytes(content)
        unfinished.replace(path)


if __name__ == "__main__":
    main()
