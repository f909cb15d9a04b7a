"""Countries, from codes and from names in many languages."""

import gettext
from dataclasses import dataclass
from functools import lru_cache

import pycountry

from kempt.records.standardizers.junk import is_placeholder
from kempt.records.standardizers.scripts import mixes_scripts, script_of, words_key
from kempt.records.standardizers.text import Flag, clean, worst
from kempt.records.standardizers.word_tables import entries, words

MAX_LENGTH = 100

# The languages whose names of countries are understood; the translations come with pycountry.
LANGUAGES = sorted(
    words("""
ar bg ca cs cy da de el es et eu fa fi fr ga gl he hi hr hu id is it ja ko lt lv mk ms nb_NO nl nn pl pt pt_BR ro ru sk
sl sq sr sv th tr uk vi zh_CN zh_TW
""")
)
_CODES: frozenset[str] = frozenset(country.alpha_2 for country in pycountry.countries) | {"XK"}
_DISSOLVED = words(
    "an cs dd su yu zr ant csk scg ddr sun yug zar ussr czechoslovakia yugoslavia jugoslawien sowjetunion"
) | {"soviet union", "serbia and montenegro", "netherlands antilles", "east germany", "tschechoslowakei"}
# What people write and no list holds.
_ALIASES = """
GB: uk, u k, great britain, britain, england, scotland, wales, northern ireland, united kingdom of great britain,
 gbr uk, grossbritannien, grande bretagne,
 gran bretagna, gran bretana, gra bretanha, inghilterra, inglaterra, angleterre, schottland, vk, verenigd koninkrijk,
 storbritannien, reino unido, regno unito,
 royaume uni, england uk, london uk, anglia, velka britanie, wielka brytania, английа, англия, великобритания, 英国,
 イギリス, 英國, 영국
US: usa, u s a, u s, united states of america, united states, the united states, america, us of a,
 estados unidos de america, eeuu, ee uu, e e u u, e u a, eua,
 etats unis, etats unis d amerique, vereinigte staaten von amerika, vereinigte staaten, stati uniti,
 verenigde staten, vs, сша, 美国, 美國, アメリカ, 미국, abd, usa us
DE: germany, deutschland, bundesrepublik deutschland, brd, federal republic of germany, germania, alemanha, alemania,
 allemagne, duitsland, tyskland, niemcy, de deutschland
NL: holland, the netherlands, netherlands, nederland, niederlande, hollanda, holanda, olanda, pays bas, paises bajos,
 paesi bassi, paises baixos, die niederlande, la hollande, hollande
CH: switzerland, schweiz, suisse, svizzera, svizra, helvetia, die schweiz, suiza, suica, swiss
AT: oesterreich, osterreich
CZ: czech republic, czechia, ceska republika, cesko, tschechien, tschechische republik, republique tcheque, cr
KR: south korea, korea, republic of korea, korea south, s korea, sudkorea, suedkorea, coree du sud, corea del sur,
 corea, rok, 대한민국, 한국, 韓国, 韩国, 韓國
KP: north korea, dprk, nordkorea, coree du nord, corea del norte
RU: russia, rossiya, россия, рф, российская федерация, russland, russie, rusia
TR: turkey, turkiye, tuerkei, turkei
IE: ireland, republic of ireland, eire, irland, roi
CN: china, prc, p r c, pr china, p r china, people s republic of china, peoples republic of china, mainland china,
 中国, 中國, 中华人民共和国
TW: taiwan, taiwan roc, chinese taipei, 台湾, 台灣, 臺灣
HK: hong kong, hong kong sar, hongkong, hong kong sar china, 香港
MO: macau, macao
VN: vietnam, viet nam
IR: iran, ایران
SY: syria
LA: laos
BO: bolivia
VE: venezuela
TZ: tanzania
MD: moldova
PS: palestine, west bank, gaza
CD: dr congo, drc, democratic republic of the congo, congo kinshasa, congo dr, zaire
CG: congo, republic of the congo, congo brazzaville
CI: ivory coast, cote d ivoire, elfenbeinkuste
CV: cape verde, cabo verde
MK: macedonia, north macedonia, fyrom, fyr macedonia, mazedonien, nordmazedonien
MM: burma, myanmar
SZ: swaziland, eswatini
TL: east timor, timor leste
BN: brunei
VA: vatican, vatican city, holy see
FM: micronesia
AE: uae, u a e, emirates, united arab emirates, vae, eau, dubai, abu dhabi
SA: ksa, k s a, saudi, saudi arabia, kingdom of saudi arabia
ZA: south africa, rsa, suid afrika, sudafrika, suedafrika
NZ: new zealand, aotearoa, neuseeland
AU: australia, aussie, oz
BA: bosnia, bosnia herzegovina, bosnia and herzegovina, bih, bosnien
GR: greece, hellas, ellada, el, griechenland
ES: spain, espana, spanien, espagne, spagna, espanha
IT: italy, italia, italien, italie
FR: france, frankreich, francia, france metropolitaine
BE: belgium, belgie, belgique, belgien, belgica, belgio
SE: sweden, sverige, schweden
DK: denmark, danmark, danemark, danemark
NO: norway, norge, noreg, norwegen
FI: finland, suomi, finnland
PL: poland, polska, polen
HU: hungary, magyarorszag, ungarn
PT: portugal
BR: brazil, brasil, brasilien
MX: mexico, mexique, mexiko, estados unidos mexicanos
JP: japan, nippon, nihon, 日本, 日本国
IN: india, bharat
EG: egypt, misr
GE: georgia, sakartvelo
XK: kosovo, kosova, xkx, republic of kosovo
PH: the philippines, phillipines, philipines, philippines
BS: bahamas, the bahamas
GM: gambia, the gambia
VG: british virgin islands, bvi
VI: us virgin islands, usvi, u s virgin islands
LC: st lucia
VC: st vincent, saint vincent, st vincent and the grenadines
KN: st kitts, saint kitts, st kitts and nevis
TT: trinidad, trinidad tobago, trinidad and tobago
AG: antigua
SX: st maarten, sint maarten
RE: reunion
CW: curacao
LI: liechtenstein, furstentum liechtenstein
LU: luxembourg, luxemburg, letzebuerg
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country as its two-letter code; Kosovo has the code XK that everybody uses, though ISO never gave it one."""

    country: str | None = None
    flag: Flag
    reason: str


def standardize_country(raw: str | None) -> Country:
    """The ISO 3166 code of a country written as a code, as a name in one of many languages, or as people call it."""
    if not raw:
        return Country(flag="missing", reason="")
    if raw in _CODES:
        return _available(raw)
    cleaned = clean(raw, MAX_LENGTH)
    text = cleaned.value
    if text.upper() in _CODES and len(text) == 2 and text != "na":
        return Country(country=text.upper(), flag="corrected", reason="case")
    if not text or is_placeholder(text):
        return Country(flag="missing", reason="junk_value" if text else "blank")
    key = _key(text)
    if code := _numeric(text) or _names().get(key) or _names().get(key.removeprefix("the ")):
        written = "country_code" if text.isascii() and (len(text) == 3 or text.isdecimal()) else "country_name"
        flag, reason = worst(("corrected", written), (cleaned.flag, cleaned.reason))
        return Country(country=code, flag=flag, reason=reason)
    return Country(flag="invalid", reason="dissolved_country" if key in _DISSOLVED else "unknown_country")


def _available(code: str) -> Country:
    # 'NA' is Namibia, and what half of all spreadsheets write for 'not available'.
    if code == "NA":
        return Country(country=code, flag="suspicious", reason="maybe_not_available")
    return Country(country=code, flag="valid", reason="")


def _numeric(text: str) -> str | None:
    if not (text.isascii() and text.isdecimal() and len(text) <= 3):
        return None
    found = pycountry.countries.get(numeric=text.zfill(3))
    return found.alpha_2 if found else None


def _key(name: str) -> str:
    """A name for looking up: without accents, case and signs; names in other scripts as they are."""
    folded = (
        words_key(name)
        if script_of(name) == "Latn" and not mixes_scripts(name)
        else " ".join(name.casefold().replace(".", " ").split())
    )
    return folded.replace(" and ", " ").replace("&", " ")


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Every name and three-letter code, by key. What people write wins over official lists."""
    names: dict[str, str] = {}
    for code, aliases in entries(_ALIASES).items():
        names |= {_key(alias): code for alias in aliases.split(",")}
    for name, code in _listed_names().items():
        names.setdefault(_key(name), code)
    return names


def _listed_names() -> dict[str, str]:
    """Every name on the lists as it is written there. Most languages share most names, and a key takes its time."""
    listed: dict[str, str] = {}
    for country in pycountry.countries:
        known = [
            country.alpha_3,
            country.name,
            *(getattr(country, field, None) for field in ("common_name", "official_name")),
        ]
        for name in filter(None, known):
            listed.setdefault(name, country.alpha_2)
    for language in LANGUAGES:
        translated = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)
        for country in pycountry.countries:
            for name in (country.name, getattr(country, "common_name", country.name)):
                listed.setdefault(translated.gettext(name), country.alpha_2)
    return listed
