"""What is told to people outside: events as sentences, the ledger as a file, letters, messages to a channel, links.

What there is to tell, and when, the use cases know.
"""
