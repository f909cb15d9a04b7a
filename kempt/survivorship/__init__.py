"""Which value of each attribute an entity shows, and why: the golden record, cell by cell.

From records, their entities, overrides and provider answers to cells with full provenance. Which records belong
together is settled before, in identity/; the rules are in policy/survivorship.py. Nothing here knows what day it
is: the same records give the same golden record on any day.
"""
