"""Postal codes by country: what they consist of without spaces and hyphens, and how they are written."""

import re

from kempt.records.standardizers.word_tables import entries

# Countries whose codes are that many digits, and nothing more.
_DIGITS = entries("""
4: AF AL AM AU BD BG CY DK GE GL GW HU LI LU LV MD MK MZ NE NO NZ PH PY SI TN VE ZA
5: AX BA BT CU DO DZ EE EG FI GF GP GT HR ID IQ IT JO KE KH KW LA LK LY MA MC ME MG MM MQ MX MY NC NP PE PF PK RE RS SA
 SM SN TH TR TZ UA UY VA XK ZM
6: BY CN CO EC KG KZ MN NG RO RU SG TJ TM UZ VN
7: CL IL
""")
_FORMS = {
    "AD": (r"(\d{3})", "AD{0}"),
    "AR": (r"([A-Z]?\d{4}(?:[A-Z]{3})?)", "{0}"),
    "AT": (r"([1-9]\d{3})", "{0}"),
    "BE": (r"([1-9]\d{3})", "{0}"),
    "BR": (r"(\d{5})(\d{3})", "{0}-{1}"),
    "CA": (r"([ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z])(\d[ABCEGHJ-NPRSTV-Z]\d)", "{0} {1}"),
    "CH": (r"([1-9]\d{3})", "{0}"),
    "CZ": (r"(\d{3})(\d\d)", "{0} {1}"),
    "DE": (r"((?:0[1-9]|[1-9]\d)\d{3})", "{0}"),
    "ES": (r"((?:0[1-9]|[1-4]\d|5[0-2])\d{3})", "{0}"),
    "FR": (r"((?:0[1-9]|[1-9]\d)\d{3})", "{0}"),
    "GB": (r"(GIR|[A-Z]{1,2}\d[A-Z\d]?)(0AA|\d[ABD-HJLNP-UW-Z]{2})", "{0} {1}"),
    "GR": (r"(\d{3})(\d\d)", "{0} {1}"),
    "IE": (r"([A-Z]\d[\dW])([A-Z0-9]{4})", "{0} {1}"),
    "IN": (r"([1-9]\d{5})", "{0}"),
    "IR": (r"(\d{5})(\d{5})", "{0}-{1}"),
    "IS": (r"(\d{3})", "{0}"),
    "JP": (r"(\d{3})(\d{4})", "{0}-{1}"),
    "KR": (r"(\d{5}|\d{6})", "{0}"),
    "LT": (r"(\d{5})", "LT-{0}"),
    "MT": (r"([A-Z]{3})(\d{4})", "{0} {1}"),
    "NL": (r"([1-9]\d{3})([A-Z]{2})", "{0} {1}"),
    "PL": (r"(\d\d)(\d{3})", "{0}-{1}"),
    "PR": (r"(\d{5})(\d{4})?", "{0}-{1}"),
    "PT": (r"(\d{4})(\d{3})?", "{0}-{1}"),
    "SE": (r"(\d{3})(\d\d)", "{0} {1}"),
    "SK": (r"(\d{3})(\d\d)", "{0} {1}"),
    "TW": (r"(\d{3}(?:\d{2,3})?)", "{0}"),
    "US": (r"(\d{5})(\d{4})?", "{0}-{1}"),
}
PATTERNS = {
    country: (re.compile(rf"(\d{{{length}}})", re.ASCII), "{0}")
    for length, countries in _DIGITS.items()
    for country in countries.split()
} | {country: (re.compile(pattern, re.ASCII), form) for country, (pattern, form) in _FORMS.items()}

# Old habit: the sign that the country's cars carry before the code.
PREFIXES = entries("""
AD: AD
AT: A|AT
AX: AX|FI
BE: B|BE
DE: D|DE
ES: E|ES
FI: FI|FIN|SF
FR: F|FR
HU: H|HU
IT: I|IT
LI: FL|LI
LU: L|LU
NO: N|NO
SE: S|SE|SV
SI: SI|SLO
""")
# Lengths of codes that lose their leading zero in a spreadsheet.
LENGTHS_WITH_ZERO = {
    country: int(length)
    for length, countries in entries("""
4: AU DK NO NZ ZA
5: DE EE ES FI FR HR IT KR MX MY PL PR TR UA US
6: RO SG
7: JP
8: BR
""").items()
    for country in countries.split()
}
