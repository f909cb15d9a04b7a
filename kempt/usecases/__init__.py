"""The verbs, one a file: what a data engineer, a steward or a sensor can ask Kempt to do.

Dagster's assets and the command line both call them. Rules live in the packages below; here they are put together.
"""
