"""Invented CRM data with the answers beside it: what `kempt sample` writes.

Two fictional tenants, five systems, three days, and the truth about who is who. Every company, street and mailbox
is made up; names are ordinary words of their language. Nothing here reads a record or knows how matching works.
"""
