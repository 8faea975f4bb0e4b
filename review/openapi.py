"""The schema of the API as JSON: `python -m yusuan.review.openapi`; the types of the app are made from it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from yusuan.extraction.config import load_settings
from yusuan.review.server import Serving, make_app


def openapi_text() -> str:
    """Return the schema of the API as the text of a JSON file."""
    with tempfile.TemporaryDirectory(prefix="yusuan-openapi") as folder:
        app = make_app(Path(folder), load_settings(), Serving(frozenset()))
        return json.dumps(app.openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(openapi_text(), end="")
