"""Closure of sums and other proofs that a document carries in itself; accept or review."""

from yusuan.extraction.checks.check import RULES, check_document

__all__ = ["RULES", "check_document"]
