"""Results in files: parquet, jsonl, xlsx, csv, duckdb, Label Studio, html."""
