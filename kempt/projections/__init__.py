"""What is so, told from what happened: folds over the ledger that can be thrown away and made again.

A fold reads events and nothing else. Nothing here writes.
"""
