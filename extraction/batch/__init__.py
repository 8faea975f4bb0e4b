"""Many documents: job store, workers, limits, resume."""

from yusuan.extraction.batch.run import Event, ExtractOptions, extract
from yusuan.extraction.batch.summary import Failure, RunSummary

__all__ = ["Event", "ExtractOptions", "Failure", "RunSummary", "extract"]
