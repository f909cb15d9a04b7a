"""Text that breaks software, written from the categories that security and Unicode people publish."""

_LONG = 65_536

HOSTILE = (
    # nothing, and what looks like nothing
    "", " ", "\t\r\n", "\0", "\0\0\0", "\u200b", "\ufeff", "\u00a0", "\u3000", "\u2800", "\u3164", "\u115f", "\u00ad", "\u180e",
    # control characters, C1, noncharacters, private use, tags, variation selectors
    "a\0b", "\x01\x02\x1b[31mred", "a\x7fb", "\x85\x9c", "\ufffe\uffff", "\ufdd0\ufdd1", "\ue000", "\U0010ffff", "\U000e0041\U000e0042", "a\ufe0f",
    # halves of surrogate pairs
    "\ud800", "\udfff", "a\ud83d", "\udc00\ud800b",
    # direction
    "\u202eabc", "\u202a\u202b\u202c\u202d\u202e", "\u2066a\u2069", "\u200fאב\u200e", "abc\u0661\u06f2",
    # joiners, combining marks, and very many of them
    "\u200d", "\u200c", "a\u200db", "क\u094d\u200d", "Z\u0351\u036b\u0343a\u0321l\u0330g\u0337o", "a" + "\u0301" * 500, "\u0344" * 50, "\u1160\u11a8",
    # normal forms that grow, shrink or change letters
    "ﬁ", "ﷺ", "㎏", "Ⅷ", "ǅ", "İ", "ı", "ß", "ẞ", "ŉ", "ς", "Å", "Ω", "\u0958", "\u1e9b\u0323", "ｱﾞ", "①", "½", "²", "٣", "𝟘", "𝐀𝐧𝐧𝐚", "ａ＠ｂ．ｃ",
    # look-alikes, emoji
    "Раypal", "аnnа", "Αnna", "1l|I", "😀", "👩‍👩‍👧‍👦", "🇩🇪", "👋🏽", "☃",
    # markup and code
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<<b>b>x</</b>b>", "&lt;b&gt;", "&amp;amp;amp;", "&#0;", "&#xd800;", "&#1114112;", "]]>",
    "'; drop table x; --", "' or '1'='1", "${jndi:ldap://x.invalid/a}", "{{7*7}}", "%s%n%x", "$(reboot)", "`id`", "../../etc/passwd", "\\\\x\\y",
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A0", "\r\nSet-Cookie: x", "%00", "%0d%0a", "null\0", "{\"a\":1}", "[]", "/*", "--",
    # numbers
    "0", "-0", "1e309", "NaN", "Infinity", "0x7f", "1/0", "99999999999999999999", "1" * 400, "-" * 400, "+" * 100, "00" * 50, "٠" * 20, "1.2.3.4.5",
    # parsers of our kinds
    "@", "@@@@", "a@b@c@d", "<>", "<a@b>", "a@[::1]", "mailto:", "\"@\"@x.example", "a@" + "b." * 200 + "example", "a@xn--", "a@xn--a", "a@\u2025x",
    "http://", "http://[", "http://[::1", "http://a:b@", "//", ".", "..", "a..b", "-.-", "xn--", "xn--.xn--", "http://" * 20, "a." * 300, "。", "1。1",
    "+", "++", "+0", "+1", "+999", "00", "011", "ext", "x1", "#", "tel:", ";ext=", "+49 (0) (0) (0)", "1-800-", "(((((", "\uff0b\uff11",
    ",", ",,,", "Jr.", "Dr.", "Dr. Jr.", "Mr. & Mrs.", "&", "de la", "van der", "III", "O'", "'", "''", "-", "Mc", "Mac", "ʻ", "·", "・", "王", "김", "あ", "ー",
    "GmbH", "& Co. KG", "Inc. Inc. Inc.", "(株)", "株式会社", "t/a", " dba ", "()", "(((", "The", "AB AB", ".,;:",
    "0000-00-00", "2024-02-30", "9999-12-31T23:59:59.999999-14:00", "0001-01-01T00:00:00+14:00", "2024-W53-7", "2024-000", "31/31/31", "T10:00Z", "10:00",
    # length
    "a" * _LONG, " " * _LONG, "\0" * _LONG, "\u200b" * _LONG + "a", "é" * _LONG, "<" * _LONG, "&amp;" * 13_000, "(" * _LONG, "a " * 30_000, "1" * _LONG,
    "@" * _LONG, "." * _LONG, "a@" * 30_000, "王" * 20_000, "'" * _LONG, "-" * _LONG, "a,b" * 20_000, "Ã¼" * 30_000, "\u202e" * _LONG, "&" * _LONG,
    "Dr. " * 16_000, "GmbH " * 13_000, "http://" * 9_000, "+49 " * 16_000, "\u0301" * _LONG, "a\u0301\u0323" * 20_000, "\ud800" * _LONG, "A B" * 20_000,
)  # fmt: skip
