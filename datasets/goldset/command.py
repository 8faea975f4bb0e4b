"""Commands of this package: an error that a person can act on becomes one line and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from yusuan.extraction.errors import YusuanError


def run(main: Callable[[], object]) -> None:
    """Call `main`; report an error of ours and exit with its code."""
    try:
        main()
    except YusuanError as error:
        print(error, file=sys.stderr)
        sys.exit(int(error.exit_code))
