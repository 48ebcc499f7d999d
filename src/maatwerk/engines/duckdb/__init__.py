"""The lake on DuckDB and Parquet: sealed files, and reports over them and the log's tail."""
