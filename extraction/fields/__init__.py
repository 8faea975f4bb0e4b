"""From grids to labelled fields and records: header lexicon, titles, narrative indicators, codes."""

from yusuan.extraction.fields.completion import complete_names
from yusuan.extraction.fields.labels import Caption, Context, Labeller
from yusuan.extraction.fields.lines import label_lines
from yusuan.extraction.fields.records import build_records, label_cells, label_tables
from yusuan.extraction.fields.titles import name_tables

__all__ = [
    "Caption",
    "Context",
    "Labeller",
    "build_records",
    "complete_names",
    "label_cells",
    "label_lines",
    "label_tables",
    "name_tables",
]
