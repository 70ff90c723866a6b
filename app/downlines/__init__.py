"""A whole downline in one answer, as NDJSON, CSV or Parquet: read, encoded and sent page by page."""
