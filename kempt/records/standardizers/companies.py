"""Company names: the name as written, its core without legal form for comparison, and the legal form."""

import re
import unicodedata
from dataclasses import dataclass

from kempt.records.standardizers.junk import is_placeholder, is_test
from kempt.records.standardizers.legal_forms import (
    AMBIGUOUS,
    AND_WORDS,
    ARTICLES,
    GLUED,
    LAST_WORDS,
    LONGEST,
    NO_LEGAL_FORM,
    PREFIXES,
    SUFFIXES,
)
from kempt.records.standardizers.name_lists import GIVEN_NAMES, HONORIFICS
from kempt.records.standardizers.scripts import is_latin, mixes_scripts, words_key
from kempt.records.standardizers.text import Finding, Flag, clean, worst
from kempt.records.standardizers.word_tables import words

MAX_LENGTH = 255

_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.\s?)+[^\W\d_](?![^\W_])\.?")
_SLASHED = re.compile(r"(?<![^\W_])([^\W\d_])/([^\W\d_])(?![^\W_])")
_AND = re.compile(r"\s*(?:&|\+|＆)\s*")
_QUOTES = re.compile(r"[\"«»„“”‹›]")
_WORD = re.compile(r"[^\W_]+")
_TRADING_AS = re.compile(
    r"\s*[,(]?\s+(?:d[./]?b[./]?a\.?|doing business as|t/as?|trading as|o/a|operating as|handelnd unter|firmierend als)"
    r"\s*:?\s+",
    re.IGNORECASE,
)
_FORMERLY = re.compile(
    r"\s*[,(-]?\s*(?<!\w)(?:f/?k/?a|formerly(?: known as)?|previously|ehemals|vormals|vorm\.|früher"
    r"|anciennement|voorheen|tidigare)\s.*$",
    re.IGNORECASE,
)
_DEPARTMENT = re.compile(
    r"\s*(?:[-–—|,/:]\s+|\s[-–—|/]|,|\(|\[)\s*(?=[^-–—|,/()\[\]]*(?<!\w)(?:dept\.?|department|abteilung|abt\."
    r"|buchhaltung|einkauf|vertrieb"
    r"|personalabteilung|accounts? (?:payable|receivable)|accounting|human resources|hr|sales team"
    r"|purchasing|procurement|afdeling|afd\."
    r"|service (?:comptabilité|achats|commercial|technique|client)|direction|departamento"
    r"|depto\.?|dpto\.?|reparto|ufficio|avdelning|dział"
    r"|attn|z\.\s?hd\.?|c/o|head office|headquarters)(?!\w))"
    r"(?!.*(?<!\w)(?:gmbh|ag|kg|ltd|inc|llc|sa|bv)\W*$)[^-–—|,/()\[\]]*[)\]]?\s*$",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"\s*(?:[-–—*|,]\s*|[(\[*]+\s*)(?:do not (?:use|contact|call)|dnu|duplicate|dupe?|closed"
    r"|inactive|old|new|deleted|obsolete|merged|test|prospect"
    r"|customer|bankrupt|insolvent|in (?:liquidation|administration|insolvenz|liquidazione)|i\.\s?l\."
    r"|en liquidation|out of business|geschlossen"
    r"|gelöscht|inaktiv|nicht verwenden|ne pas utiliser|no usar)\s*[)\]*]*\s*$",
    re.IGNORECASE,
)
_MAY_HAVE_REMARK = re.compile(
    r"[-–—|,/:;(\[*]|formerly|previously|ehemals|vormals|vorm\.|früher|anciennement|voorheen|tidigare|fka",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?:|www\.|@", re.IGNORECASE)
# What people write who have no company to write.
_NO_COMPANY = frozenset(
    map(
        words_key,
        re.split(
            r"[;\n]+",
            """
self employed; self-employed; selfemployed; self; freelance; freelancer; freelancing; independent
independent contractor; independent consultant; contractor; consultant; sole trader; sole proprietor; retired
student; unemployed; not employed; between jobs; looking for work; homemaker; housewife; stay at home mom
private; private person; private individual; individual; individual account; personal; home; household; family
no company; myself; me; own business; my company; company; company name; your company; business; employer
n a company; not a company; none self employed; selbständig; selbstständig; freiberufler; freiberuflich
freiberuflerin; privat; privatperson; privatkunde; rentner; student in; arbeitslos; arbeitssuchend; indépendant
indépendante; auto entrepreneur; autoentrepreneur; travailleur indépendant; particulier; retraité; retraitée
étudiant; étudiante; sans emploi; autónomo; autónoma; por cuenta propia; particular; jubilado; jubilada
estudiante; desempleado; autônomo; autônoma; aposentado; pessoa física; libero professionista; privato
pensionato; studente; disoccupato; zzp; zzper; zelfstandige; gepensioneerd; egenföretagare; pensionär
selvstændig; selvstendig; yrittäjä; eläkeläinen; samozatrudniony; osoba prywatna; emeryt; osvč; фрилансер
самозанятый; частное лицо; пенсионер; serbest; emekli; 個人; 個人事業主; 个人; 自由职业; 개인; 프리랜서
""",
        ),
    )
)
_BUSINESS_WORDS = words("""
group holding holdings partners associates services solutions systems consulting consultants technologies technology
tech software media studio studios
design designs foods coffee motors motor auto cars electric energy bank capital insurance trust foundation
university college school hospital clinic
church club hotel hotels restaurant cafe bakery farm farms stores store shop market markets trading supply supplies
builders construction engineering
logistics transport travel pharma medical dental labs law legal realty properties estate security international
global industries manufacturing works
sons brothers bros and industrie handel bau elektro verlag werke haus hof praxis apotheke kanzlei versicherung cie
fils freres hijos figli
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A standardized company name. Without a core it can name no company, and must not be matched on."""

    company_name: str | None = None
    company_core: str | None = None
    legal_form: str | None = None
    flag: Flag
    reason: str


def standardize_company(raw: str | None, country: str | None = None) -> Company:
    """The name without departments and notes, its core in ASCII words, and the code of its legal form."""
    if not raw:
        return Company(flag="missing", reason="")
    cleaned = clean(raw, MAX_LENGTH)
    if not cleaned.value or is_placeholder(cleaned.value):
        return Company(flag="missing", reason="junk_value" if cleaned.value else "blank")
    name, found = _without_remarks(cleaned.value)
    respelled: Finding = ("valid", "") if name == raw else ("corrected", "punctuation")
    found = worst((cleaned.flag, cleaned.reason), found, respelled)
    region = country.strip().upper() if country else ""
    legal_name, trading, trade_name = _parted(name)
    core, form = _core_and_form(trade_name if trading else legal_name, region)
    if trading:
        form = form or _core_and_form(legal_name, region)[1]
    if not core:
        reason = "legal_form_only" if form else "no_letters"
        return Company(legal_form=form, flag="invalid", reason=reason)
    if words_key(name) in _NO_COMPANY:
        return Company(company_name=name, flag="suspicious", reason="not_a_company")
    flag, reason = worst(_doubt(name, core, form), found)
    return Company(company_name=name, company_core=core, legal_form=form, flag=flag, reason=reason)


def _without_remarks(text: str) -> tuple[str, Finding]:
    """The name without the remarks that people append to it, as long as a name is left."""
    found: Finding = ("valid", "")
    if not _MAY_HAVE_REMARK.search(text):
        return text, found
    for pattern, reason in (
        (_NOTE, "note_removed"),
        (_DEPARTMENT, "department_removed"),
        (_FORMERLY, "former_name_removed"),
    ):
        while (shorter := pattern.sub("", text, count=1).rstrip(" ,;-–—(")) != text and any(map(str.isalnum, shorter)):
            if pattern.search(text):
                found = worst(found, ("corrected", reason))
            text = shorter
    return text, found


def _parted(name: str) -> tuple[str, bool, str]:
    """The legal name, and the name it trades under."""
    parts = _TRADING_AS.split(name, maxsplit=1)
    trade_name = parts[1].strip(" ()") if len(parts) == 2 else ""
    return parts[0], bool(trade_name), trade_name


def _core_and_form(name: str, country: str) -> tuple[str, str | None]:
    glued_form = None
    if not is_latin(name):
        name, glued_form = _unglued(unicodedata.normalize("NFKC", _QUOTES.sub(" ", name)))
    dotted = bool(_INITIALS.search(name[-12:]) or _SLASHED.search(name[-4:]))
    name = _INITIALS.sub(lambda initials: "".join(_WORD.findall(initials.group())) + " ", name)
    words = words_key(_AND.sub(" and ", _SLASHED.sub(r"\1\2", name))).split()
    words, form = _without_suffixes(words, country, dotted)
    words, prefix_form = _without_prefix(words, country)
    return " ".join("and" if word in AND_WORDS else word for word in words), form or prefix_form or glued_form


def _unglued(name: str) -> tuple[str, str | None]:
    for written, code in GLUED.items():
        if name.startswith(written):
            return name[len(written) :], code
        if name.rstrip().endswith(written):
            return name.rstrip()[: -len(written)], code
    return name, None


def _without_suffixes(words: list[str], country: str, dotted: bool) -> tuple[list[str], str | None]:
    form = None
    while words and (length := _suffix_length(words, country, dotted)):
        # What looks like a legal form from end to end is one, unless a second one follows it: 'AB Ltd' is called AB.
        if length == len(words) and form:
            break
        form = form or SUFFIXES[" ".join(words[-length:])]
        words = words[:-length]
        while words and words[-1] in AND_WORDS:
            words = words[:-1]
    return words, form


def _suffix_length(words: list[str], country: str, dotted: bool) -> int:
    if words[-1] not in LAST_WORDS:
        return 0
    for length in range(min(LONGEST, len(words)), 0, -1):
        spelling = " ".join(words[-length:])
        if spelling in SUFFIXES and (spelling not in AMBIGUOUS or dotted or country in AMBIGUOUS[spelling]):
            return length
    return 0


def _without_prefix(words: list[str], country: str) -> tuple[list[str], str | None]:
    form = None
    if len(words) > 1 and words[0] in PREFIXES and {"*", country} & PREFIXES[words[0]]:
        words, form = words[1:], None if words[0] in NO_LEGAL_FORM else words[0]
    return words[1:] if len(words) > 1 and words[0] in ARTICLES else words, form


def _doubt(name: str, core: str, form: str | None) -> Finding:
    """Why a name may not be a company's."""
    words = core.split()
    if is_test(name) or (not form and is_test(core)):
        return "suspicious", "test_value"
    if mixes_scripts(name):
        return "suspicious", "mixed_script"
    if _ADDRESS.search(name):
        return "suspicious", "address_as_name"
    if not any(map(str.isalpha, core)):
        return "suspicious", "no_letters"
    if words[0] in HONORIFICS and len(words) > 1 and not form:
        return "suspicious", "person_like"
    if (
        2 <= len(words) <= 3
        and not form
        and words[0] in GIVEN_NAMES
        and not _BUSINESS_WORDS.intersection(words)
        and "&" not in name
    ):
        return "suspicious", "person_like"
    return "valid", ""
