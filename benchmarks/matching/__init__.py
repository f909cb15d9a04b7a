"""Kempt beside its peers: the same records, the same truth, one evaluator.

Here are the sets, the peers' configurations and the harness that runs each tool as a process of its own. What
a peer does is in peers/, one module a tool, each run by the interpreter of the tool's own environment. Nothing here
tunes Kempt.
"""
