"""Closure of sums, repair with evidence, confidence, accept or review."""
