"""One module a tool: reads records.parquet and plan.json of a set, writes clusters.csv and notes.json.

Each runs in the environment of its tool alone, so none may import Kempt (but Kempt's own) or another peer. What they
have in common is in `exchange`, which needs pyarrow and nothing else.
"""
