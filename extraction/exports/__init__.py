"""Other people's formats: parquet, jsonl, xlsx, csv, duckdb, Label Studio, html."""
