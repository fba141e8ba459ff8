"""The drill for a GPU, with tiny shapes on a CPU: every case comes to a result."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_every_case_of_the_drill_has_a_result(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "gpu.py"), "--smoke", "--seconds", "1500"]
    done = subprocess.run([*command, "--out", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    results = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text("utf-8").splitlines()]
    assert [one for one in results if "failed" in one or "left_out" in one] == []
    names = [one["case"] for one in results]
    assert sum("LoRA" in name or "lora" in name for name in names) == 4
    assert sum(name.endswith(": scores") for name in names) == 8  # tuned, untuned, and six cells
    assert all(one["scores"] for one in results if one["case"].endswith(": scores"))
