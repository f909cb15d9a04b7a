"""Contracts on data that crosses our border: which rows and which batches may go on.

Great Expectations suites written in Python. Nothing here knows Dagster, and nothing here repairs:
a bad row is named with its rule and left to quarantine, a bad batch blocks its source alone. Truth of
a mart is checked by dbt, truth of our code by the tests.
"""
