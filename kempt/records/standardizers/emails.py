"""E-mail addresses: one spelling for sending, one for matching, and what kind of mailbox it is."""

import re
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from kempt.records.standardizers.domains import is_top_level
from kempt.records.standardizers.junk import is_placeholder, is_test
from kempt.records.standardizers.mail_lists import (
    DISPOSABLE,
    FREE_MAIL,
    IGNORED_IN_LOCAL_PART,
    NO_REPLY,
    PLACEHOLDER_DOMAINS,
    RESERVED,
    ROLE_QUALIFIERS,
    ROLES,
    SAME_MAILBOX_DOMAIN,
)
from kempt.records.standardizers.scripts import mixes_scripts
from kempt.records.standardizers.text import Finding, Flag, clean, worst
from kempt.records.standardizers.word_tables import words

MAX_LENGTH = 320

# A subset of what email-validator accepts, by a test: it takes nineteen addresses of twenty past the slow library.
PLAIN = re.compile(
    r"(?=.{6,254}\Z)(?=[^@]{1,64}@)[a-z0-9_]+(?:[-+][a-z0-9_]+)*(?:\.[a-z0-9_]+(?:[-+][a-z0-9_]+)*)*"
    r"@(?:[a-z0-9]{1,30}(?:-[a-z0-9]{1,30})?\.)+[a-z]{2,24}"
)
NO_MAIL = re.compile(r"(?:.*\.)?(?:arpa|invalid|local|localhost|onion|test)")
_ANGLE = re.compile(r"<\s*(?:mailto:)?([^<>@\s]{1,255}@[^<>@\s]{1,255})\s*>", re.IGNORECASE)
_LABEL_BEFORE = re.compile(r"^(?:(?:e-?mail|mailto|smtp|mail)\s*:\s*)+", re.IGNORECASE)
_MAILTO_QUERY = re.compile(r"^mailto:[^?]*(\?.*)$", re.IGNORECASE)
_AT_WORD = re.compile(r"\s*[\[({]\s*(?:at|@|ät)\s*[\])}]\s*", re.IGNORECASE)
_DOT_WORD = re.compile(r"\s*[\[({]\s*(?:dot|punkt|point)\s*[\])}]\s*", re.IGNORECASE)
_AROUND_AT = re.compile(r"\s*@\s*")
_SPACED_DOMAIN = re.compile(r"@[\w-]+(?:\s*[.,]\s*[\w-]+)+\s*$")
_BETWEEN = re.compile(r"[;,/|\s]+")
_TOKENS = re.compile(r"[._\-]+|\d+")
_OUTSIDE = " \t<>()[]{}\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb,;:."
_WIDE_SIGNS = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | str.maketrans("﹫。｡\u3000", "@.. ")

_MISTYPED_DOMAINS = words("""
gmial.com gmai.com gmal.com gamil.com gnail.com gmail.co gmail.cm gmail.con gmail.de gmil.com gmaill.com gmali.com
gmail.om ggmail.com hotmial.com hotmai.com hotmal.com hotmil.com homail.com hotmaill.com hotmail.co hotmail.con
hotnail.com outlok.com outllok.com outlook.co outloook.com yaho.com yahooo.com yhaoo.com yahho.com yahoo.co yahoo.con
ymial.com iclod.com icoud.com icloud.co iclould.com aol.co
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """A standardized e-mail address. The canonical form is for matching only, never for sending."""

    email: str | None = None
    email_canonical: str | None = None
    email_local: str | None = None
    email_domain: str | None = None
    is_role: bool | None = None
    is_free: bool | None = None
    flag: Flag
    reason: str


def standardize_email(raw: str | None) -> Email:
    """One address in lower case, its domain in ASCII; the first one when a cell holds several."""
    if not raw:
        return Email(flag="missing", reason="")
    if PLAIN.fullmatch(raw) and not NO_MAIL.fullmatch(raw.partition("@")[2]):
        return _accepted(raw, ("valid", ""))
    # A display name may hold anything, even markup; it goes before the text is cleaned as text.
    display, found = _without_display_name(raw[: 4 * MAX_LENGTH].translate(_WIDE_SIGNS))
    cleaned = clean(display, MAX_LENGTH)
    if not cleaned.value or is_placeholder(cleaned.value):
        return Email(flag="missing", reason="junk_value" if cleaned.value else "blank")
    text, extracted = _one_address(cleaned.value)
    if problem := _plain_problem(raw, text):
        return Email(flag="invalid", reason=problem)
    if not (PLAIN.fullmatch(text) and not NO_MAIL.fullmatch(text.partition("@")[2])):
        try:
            checked = validate_email(text, check_deliverability=False)
        except EmailNotValidError:
            return Email(flag="invalid", reason=_why_invalid(text))
        text = f"{checked.local_part.lower()}@{checked.ascii_domain.lower()}"
        if mixes_scripts(f"{checked.local_part} {checked.domain}"):
            found = worst(("suspicious", "mixed_script"), found)
    respelled: Finding = ("valid", "") if text == raw else ("corrected", "case" if text == raw.lower() else "spelling")
    return _accepted(text, worst(found, extracted, (cleaned.flag, cleaned.reason), respelled))


def _without_display_name(text: str) -> tuple[str, Finding]:
    """The address in angle brackets, when there is one."""
    inside = _ANGLE.findall(text)
    if not inside:
        return text, ("valid", "")
    return inside[0], ("suspicious", "multiple_values") if len(inside) > 1 else ("corrected", "display_name")


def _one_address(text: str) -> tuple[str, Finding]:
    """What looks most like one address in a text, and what was done to find it."""
    query = _MAILTO_QUERY.match(text)
    bare = _LABEL_BEFORE.sub("", text[: query.start(1)] if query else text).strip(_OUTSIDE)
    if "@" not in bare or _AT_WORD.search(bare):
        spelled = _DOT_WORD.sub(".", _AT_WORD.sub("@", bare))
        return spelled, ("corrected", "spelled_out")
    if bare.count("@") > 1:
        addresses = [part.strip(_OUTSIDE) for part in _BETWEEN.split(bare) if part.count("@") == 1]
        return (addresses[0], ("suspicious", "multiple_values")) if len(addresses) > 1 else (bare, ("valid", ""))
    joined = _AROUND_AT.sub("@", bare)
    joined = _SPACED_DOMAIN.sub(lambda domain: re.sub(r"\s*[.,]\s*", ".", domain.group()), joined)
    if " " in joined:
        word = next(part for part in joined.split() if "@" in part)
        return word.strip(_OUTSIDE), ("suspicious", "extra_text")
    return joined, ("corrected", "comma_for_dot") if "," in bare and "," not in joined else ("valid", "")


def _plain_problem(raw: str, text: str) -> str:
    if len(raw) > MAX_LENGTH or text.find("@") > 64:
        return "too_long"
    if text.count("@") == 1:
        return ""
    return "several_at_signs" if "@" in text else "no_at_sign"


def _why_invalid(text: str) -> str:
    local, _, domain = text.partition("@")
    if not local or not domain:
        return "empty_domain" if local else "empty_local_part"
    if domain.startswith("[") or domain.replace(".", "").isdigit():
        return "ip_address"
    if "." not in domain:
        return "no_dot_in_domain"
    if NO_MAIL.fullmatch(domain.lower()):
        return "special_use_domain"
    if len(text) > 254:
        return "too_long"
    try:
        validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError:
        return "bad_domain"
    return "bad_local_part"


def _accepted(address: str, found: Finding) -> Email:
    local, _, domain = address.partition("@")
    is_role = _is_role(local)
    flag, reason = worst(_doubt(local, domain, is_role), found)
    return Email(
        email=address,
        email_canonical=_canonical(local, domain),
        email_local=local,
        email_domain=domain,
        is_role=is_role,
        is_free=domain in FREE_MAIL or domain in DISPOSABLE,
        flag=flag,
        reason=reason,
    )


def _doubt(local: str, domain: str, is_role: bool) -> Finding:
    """Why a well-formed address may reach nobody."""
    if domain in PLACEHOLDER_DOMAINS or (not is_role and is_test(local)):
        return "suspicious", "test_value"
    if domain in RESERVED:
        return "suspicious", "reserved_domain"
    if is_role and "".join(_TOKENS.split(local)) in NO_REPLY:
        return "suspicious", "no_reply"
    if domain in DISPOSABLE:
        return "suspicious", "disposable_domain"
    if domain in _MISTYPED_DOMAINS:
        return "suspicious", "domain_typo"
    if not is_top_level(domain.rpartition(".")[2]):
        return "suspicious", "unknown_suffix"
    return "valid", ""


def _is_role(local: str) -> bool:
    """Whether a mailbox belongs to a function: 'info', 'sales.emea', 'no-reply2'; 'mark.sales' is a person."""
    if local in ROLES:
        return True
    words = [word for word in _TOKENS.split(local.partition("+")[0]) if word]
    if not words or "".join(words) in ROLES:
        return bool(words)
    return words[0] in ROLES and all(word in ROLES or word in ROLE_QUALIFIERS for word in words[1:])


def _canonical(local: str, domain: str) -> str:
    """The address under which one mailbox is known, whatever dots, tags and sister domains its owner writes."""
    domain = SAME_MAILBOX_DOMAIN.get(domain, domain)
    skipped, tag = IGNORED_IN_LOCAL_PART.get(domain, ("", ""))
    kept = local.partition(tag)[0] if tag else local
    for sign in skipped:
        kept = kept.replace(sign, "")
    return f"{kept or local}@{domain}"
