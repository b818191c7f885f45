"""The steps of Albumen as Prefect tasks: one step each, with its retries, its cache key and its batches."""
