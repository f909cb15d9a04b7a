"""The verbs for a terminal.

Dagster is started as a child process, never imported; heavy imports wait for their verb.
"""
