"""What results depend on, as hashes: of what pages are read with, and of what they are put together with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from yusuan.extraction.batch.inputs import file_sha256
from yusuan.extraction.batch.summary import yusuan_version
from yusuan.extraction.config import Settings
from yusuan.extraction.document import SCHEMA
from yusuan.extraction.exports.folder import DOCUMENT_FILE, document_folders
from yusuan.extraction.tables.structure_weights import FILES, structure_weights
from yusuan.models.cards import ASSEMBLING, READING, ModelCard


def reading_digest(settings: Settings) -> str:
    """Return a hash of all that pages depend on: version, models and settings, speed left out.

    Raises:
        UsageError, ModelError: weights that the settings name are missing.
    """
    folder = structure_weights(settings)
    files = [] if folder is None else [folder / name for name in FILES]
    chosen = settings.model_dump(include={"pages", "ocr", "tables"}, exclude={"ocr": {"threads", "device"}})
    return _digest(READING, files, chosen)


def assembling_digest(settings: Settings) -> str:
    """Return a hash of all that a document depends on beside its pages.

    Raises:
        UsageError, ModelError: weights that the settings name are missing.
    """
    files = [Path(settings.fields.weights)] if settings.fields.weights else []
    if settings.fields.earlier:
        files += [folder / DOCUMENT_FILE for folder in document_folders(Path(settings.fields.earlier))]
    return _digest(ASSEMBLING, files, settings.model_dump(include={"fields", "checks"}))


def _digest(cards: Iterable[ModelCard], files: Iterable[Path], chosen: dict[str, object]) -> str:
    weights = [*(card.sha256 for card in cards), *map(file_sha256, files)]
    parts = [yusuan_version(), SCHEMA, weights, chosen]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8")).hexdigest()
