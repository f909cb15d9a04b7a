"""Who can be asked: a vendor's file, our own activity log, a public register. One module each, one contract for all."""
