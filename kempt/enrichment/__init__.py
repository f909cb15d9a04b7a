"""Asking others for what we miss or no longer trust, for as little money and with as few fields as possible.

Nothing here changes a record: answers become proposals with a confidence, or evidence that a value is still
true. Whether a proposal may be applied belongs in policy/; which value then wins in survivorship/.
"""
