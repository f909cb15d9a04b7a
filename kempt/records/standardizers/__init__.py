"""One value in, one standardized value out: names, e-mails, phones, companies, domains, addresses, countries, dates.

Pure functions that never raise, whatever the text. Which records belong together is not decided here, and the
original value is not kept here: the caller has it.
"""
