"""Metrics, the evaluation harness and benchmarks."""
