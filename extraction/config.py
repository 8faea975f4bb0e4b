"""Settings: `default.toml`, overridden by a file and by command line options; unknown keys are errors."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from yusuan.extraction.errors import UsageError


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PageSettings(_Section):
    """How files become page images."""

    dpi: int = Field(ge=50, le=600)
    max_pixels: int = Field(gt=0)
    memory_mb: int = Field(gt=0)
    render_seconds: float = Field(gt=0)
    file_mb: int = Field(gt=0)


class OcrSettings(_Section):
    """Who reads text, and how hard."""

    engine: Literal["paddle", "tesseract"]
    device: Literal["auto", "cpu", "cuda"]
    threads: int = Field(ge=0)
    detect_side: int = Field(ge=320)


TableFinder = Literal["rules", "model", "fused", "ppstructure"]


class TableSettings(_Section):
    """Who finds grids."""

    finder: TableFinder
    models: str
    digital_reader: Literal["grid", "camelot"]


class FieldSettings(_Section):
    """Who says what the text of cells means."""

    labeller: Literal["fused", "network", "lexicon"]
    weights: str
    earlier: str

    @field_validator("earlier")
    @classmethod
    def _holds_results(cls, earlier: str) -> str:
        if earlier and not (Path(earlier) / "documents").is_dir():
            raise ValueError(f"{earlier} holds no results of `yusuan extract`")
        return earlier

    @field_validator("weights")
    @classmethod
    def _are_there(cls, weights: str) -> str:
        if weights and not Path(weights).is_file():
            raise ValueError(f"there is no file {weights}")
        return weights


class CheckSettings(_Section):
    """How many of the fields that are accepted without review may be wrong."""

    error_rate: float = Field(gt=0, lt=1)


class BatchSettings(_Section):
    """Workers and their limits."""

    workers: int = Field(ge=0)
    page_seconds: float = Field(gt=0)
    memory_mb: int = Field(gt=0)
    recycle_mb: int = Field(gt=0)
    pages_per_worker: int = Field(ge=1)
    gpu_share: float = Field(gt=0, le=1)


class Settings(_Section):
    """All settings, one section a room."""

    pages: PageSettings
    ocr: OcrSettings
    tables: TableSettings
    fields: FieldSettings
    checks: CheckSettings
    batch: BatchSettings


def load_settings(path: Path | None = None, overrides: dict[str, dict[str, Any]] | None = None) -> Settings:
    """Return the settings of `default.toml`, then of the file at `path`, then `overrides`.

    Args:
        path: a TOML file with some of the keys of `default.toml`, or None.
        overrides: section → key → value; values that are None change nothing.

    Raises:
        UsageError: the file cannot be read, or has a key or value that does not exist.
    """
    merged = tomllib.loads((files("yusuan.extraction") / "default.toml").read_text("utf-8"))
    try:
        custom = tomllib.loads(path.read_text("utf-8")) if path else {}
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"cannot read the settings file {path}: {error}") from error
    for layer in (custom, overrides or {}):
        for section, values in layer.items():
            if not isinstance(values, dict):
                raise UsageError(
                    f"unknown setting {section!r}", "settings stand in sections, see default.toml"
                )
            known = {key: value for key, value in values.items() if value is not None}
            merged.setdefault(section, {}).update(known)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"setting {where}: {first['msg']}", "every key is explained in default.toml"
        ) from error
