"""Reading sources and landing what they said, unchanged, as encrypted Parquet.

Here every value is text. What a column means is in records/mapping.py, what a value means in records/standardizers/,
and whether a batch may go on in expectations/. Nothing here changes a source.
"""
