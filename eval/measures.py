"""What is measured, and how all that was scored is cut (docs/metrics.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# How all that was scored is cut, in the order of reports. `source` and `pdf` are of public table truth.
GROUPS = (
    "all",
    "type",
    "scan",
    "family",
    "split",
    "family and scan",
    "skew",
    "seal",
    "dpi",
    "span",
    "join",
    "clip",
    "source",
    "pdf",
    "document",
    "field",
)

Reading = Literal["f1", "recall", "precision", "share", "own"]


@dataclass(frozen=True)
class Metric:
    """One thing that is measured.

    Attributes:
        name: its key in `report.json`.
        title: what a person calls it.
        reading: which ratio is its value; `own` for those of calibration, which no counts give.
        rising: whether more is better.
    """

    name: str
    title: str
    reading: Reading
    rising: bool = True


METRICS = (
    Metric("fields", "fields of records", "f1"),
    Metric("records", "whole records", "f1"),
    Metric("amounts", "amounts exact", "recall"),
    Metric("code_names", "code and name pairs", "f1"),
    Metric("completions", "clipped names completed", "f1"),
    Metric("accepted", "accepted records right", "share"),
    Metric("accepted_fields", "fields of accepted records right", "share"),
    Metric("coverage", "fields accepted", "share"),
    Metric("tables_iou80", "tables found, IoU 0.8", "f1"),
    Metric("tables_iou60", "tables found, IoU 0.6", "f1"),
    Metric("cells", "cells exact (row, column, spans)", "f1"),
    Metric("spans", "merged cells exact", "f1"),
    Metric("perfect", "tables with every cell exact", "share"),
    Metric("joins", "joins over pages", "f1"),
    Metric("texts", "cell texts exact", "share"),
    Metric("numbers", "numbers in cells exact", "share"),
    Metric("cer", "character error rate", "share", rising=False),
    Metric("grits_top", "GriTS-Top", "f1"),
    Metric("grits_con", "GriTS-Con", "f1"),
    Metric("teds", "TEDS", "share"),
    Metric("teds_s", "TEDS-S", "share"),
    Metric("ece", "expected calibration error", "own", rising=False),
    Metric("ece_fields", "expected calibration error of fields", "own", rising=False),
    Metric("aurc", "area under risk and coverage", "own", rising=False),
    Metric("risk_50", "wrong among the surest 50 %", "own", rising=False),
    Metric("risk_80", "wrong among the surest 80 %", "own", rising=False),
    Metric("risk_90", "wrong among the surest 90 %", "own", rising=False),
    Metric("risk_100", "wrong among all records", "own", rising=False),
    Metric("coverage_99", "share of records at 1 % wrong", "own"),
)
METRIC = {metric.name: metric for metric in METRICS}
