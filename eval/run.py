"""Zero-shot evaluation: python eval/run.py --model M --suite blurb --out RUN; the same as `mnlu eval`."""

import sys

from mnlu_instruct.cli import main

if __name__ == "__main__":
    sys.argv.insert(1, "eval")
    main()
