"""What we would change, and why we think so.

A proposal is named by what it would change, so it is made once however often it is found again. Whether it may
be applied belongs in policy/; nothing here writes anything.
"""
