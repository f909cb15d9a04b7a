"""Which records describe the same entity.

From standardized records to clusters: candidate pairs, what speaks for and against each, and the partition that
follows. Which *id* an entity keeps belongs in identity/, which *value* wins in survivorship/, and what we may do
about it in policy/. Nothing here writes anything but the tables of scored pairs, and what is kept to bring them up to
date.
"""
