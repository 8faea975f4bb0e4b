"""Many documents: job store, workers, limits, resume."""

from yusuan.extraction.batch.run import extract
from yusuan.extraction.batch.schedule import Event, ExtractOptions
from yusuan.extraction.batch.summary import Failure, RunSummary

__all__ = ["Event", "ExtractOptions", "Failure", "RunSummary", "extract"]
