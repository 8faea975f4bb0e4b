"""Runs `extract` with the steps of `page_steps` in a process of its own, so that a test can interrupt it.

Arguments: the output folder, the largest file the run may write in bytes (0: any), the inputs.
"""

import resource
import sys
from pathlib import Path

import page_steps

from yusuan.extraction.batch import extract
from yusuan.extraction.config import load_settings
from yusuan.extraction.errors import YusuanError


def main() -> int:
    out, largest, *inputs = sys.argv[1:]
    if int(largest):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest), resource.RLIM_INFINITY))
    try:
        summary = extract([Path(path) for path in inputs], Path(out), load_settings(), work=page_steps.WORK)
    except YusuanError as error:
        print(error)
        return int(error.exit_code)
    print("\n".join(summary.lines()))
    return int(summary.exit_code())


if __name__ == "__main__":
    sys.exit(main())
