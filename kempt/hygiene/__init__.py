"""What is wrong, old or missing in records, and how healthy they are as a whole.

Everything here is recomputed from records, so an issue closes by itself once its cause is gone. Nothing here
changes or deletes a value; which value wins belongs in survivorship/, and what we may do about it in policy/.
"""
