"""Where the weights of PP-StructureV3 lie that a user gives (`ppstructure` reads tables with them)."""

from __future__ import annotations

from pathlib import Path

from yusuan.extraction.config import Settings
from yusuan.extraction.errors import ModelError, UsageError

FILES = ("inference.onnx", "inference.yml")
NAMES = ("SLANeXt_wired", "SLANeXt_wireless", "SLANet_plus", "SLANet")
CONVERT = "paddlex --paddle2onnx --paddle_model_dir FOLDER --onnx_model_dir FOLDER makes inference.onnx"


def structure_weights(settings: Settings) -> Path | None:
    """Return the folder of the weights that the settings want inside of tables, None where they want none.

    Raises:
        UsageError: no folder is given.
        ModelError: it holds no weights.
    """
    if settings.tables.finder != "ppstructure":
        return None
    if not settings.tables.models:
        raise UsageError(
            "--tables ppstructure needs the weights of PP-StructureV3",
            "give their folder with --models DIR, or go on with --tables fused",
        )
    return find_weights(Path(settings.tables.models))


def find_weights(models: Path) -> Path:
    """Return the folder of the weights: `models` itself, or one in it with a name of `NAMES`.

    Raises:
        ModelError: there are none, or they are of Paddle's own format.
    """
    folders = [models, *(models / name for name in NAMES)]
    for folder in folders:
        if all((folder / name).is_file() for name in FILES):
            return folder
    for folder in folders:
        if (folder / "inference.pdiparams").is_file():
            raise ModelError(f"{folder} holds weights of Paddle's own format, and no inference.onnx", CONVERT)
    raise ModelError(
        f"{models} holds no weights of a table structure model",
        f"wanted: {' and '.join(FILES)} of {', '.join(NAMES)}, in the folder itself or in one of these names",
    )
