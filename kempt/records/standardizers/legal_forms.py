"""Legal forms of companies by the way they are written, and what else stands beside a company's name.

Spellings are ASCII words in lower case, '&' as 'and', dotted initials closed up: 'Sp. z o.o.' is 'sp z oo'.
"""

from cleanco.termdata import terms_by_country, terms_by_type

from kempt.records.standardizers.scripts import words_key
from kempt.records.standardizers.word_tables import entries, words

# code: spellings at the end of a name.
_SUFFIXES = """
inc: inc, incorporated, incorporation
corp: corp, corporation
co: co, company, and co, and company, cie, et cie, and cie, compagnie, compania, y cia, cia, e cia, und co, and cia
co_ltd: co ltd, co limited, company limited, company ltd, coltd
llc: llc, limited liability company, limited company, l l c
llp: llp, limited liability partnership
lllp: lllp
lp: lp, limited partnership
pllc: pllc
pc: pc, professional corporation
ltd: ltd, limited, ltd co, ltda limitada, private limited company
ltd_sti: ltd sti, limited sirketi, tic ltd sti, san ve tic ltd sti, sanayi ve ticaret ltd sti, san tic ltd sti
as_tr: anonim sirketi, san ve tic as, sanayi ve ticaret as, ve tic as
plc: plc, public limited company
cic: cic
dac: dac, designated activity company
teo: teo, teoranta
pty_ltd: pty ltd, pty limited, proprietary limited, pty
pvt_ltd: pvt ltd, private limited, pvt limited, p ltd, private ltd, p limited
pte_ltd: pte ltd, pte limited, private pte ltd, pte
sdn_bhd: sdn bhd
bhd: bhd, berhad
gmbh: gmbh, g m b h, gesellschaft mit beschrankter haftung, ges mbh, gesmbh, mbh, ges m b h
ggmbh: ggmbh
ug: ug, ug haftungsbeschrankt, unternehmergesellschaft
gmbh_co_kg: gmbh and co kg, gmbh und co kg, gmbh co kg, gmbh and co kgaa, mbh and co kg, gmbh u co kg
ag_co_kg: ag and co kg, ag und co kg
ug_co_kg: ug and co kg, ug haftungsbeschrankt and co kg
se_co_kg: se and co kg
ag: ag, aktiengesellschaft
kgaa: kgaa, ag and co kgaa, se and co kgaa
kg: kg, kommanditgesellschaft, and co kg, und co kg
ohg: ohg, offene handelsgesellschaft
og: og
gbr: gbr, gesbr
ek: ek, ekfm, ekfr, e k, eingetragener kaufmann
eu: eu, e u
ev: ev, e v, eingetragener verein
eg: eg, egen
partg: partg, partg mbb, partgmbb, partnerschaftsgesellschaft mbb
se: se
sa: sa, societe anonyme, sociedad anonima, sociedade anonima, saa
sa_de_cv: sa de cv, s a de c v
sab_de_cv: sab de cv
sapi_de_cv: sapi de cv
s_de_rl: s de rl, s de rl de cv, srl de cv
sarl: sarl, societe a responsabilite limitee
sas: sas, societe par actions simplifiee
sasu: sasu
eurl: eurl
snc: snc
sci: sci
scop: scop
gie: gie
selarl: selarl
sl: sl, sociedad limitada, sociedad de responsabilidad limitada
slu: slu, sl unipersonal
sau: sau, sa unipersonal
sll: sll
srl: srl, societa a responsabilita limitata, srls, srl a socio unico, srl unipersonale
spa: spa, societa per azioni, spa unipersonale
sapa: sapa
ss: societa semplice
scarl: scarl, scrl
lda: lda, limitada, unipessoal lda
ltda: ltda, eireli, ltda me, ltda epp
me: epp
sgps: sgps
bv: bv, besloten vennootschap
nv: nv, naamloze vennootschap
vof: vof
bvba: bvba
sprl: sprl
cvba: cvba
vzw: vzw
asbl: asbl
comm_v: commv, comm v
aps: aps
as: as, aktieselskab, aksjeselskap
asa: asa
is: is, i s
ivs: ivs
amba: amba
ab: ab, aktiebolag, ab publ, publ ab
hb: handelsbolag
ek_for: ekonomisk forening
oy: oy, oy ab, ab oy, osakeyhtio
oyj: oyj, oyj abp
tmi: tmi
ou: ou
uab: uab
sia: sia
sp_zoo: sp z oo, sp zoo, spzoo, spolka z oo, spolka z ograniczona odpowiedzialnoscia, sp z o o
sp_k: sp k, spk, sp zoo sp k, sp z oo sp k, spolka komandytowa
sp_j: sp j, spj, spolka jawna
sro: sro, s r o, spol s ro, spol sro, spol s r o
as_cz: akc spol, akciova spolecnost
vos: vos
kft: kft
zrt: zrt
nyrt: nyrt
bt: bt
doo: doo
dd: dd
dooel: dooel
eood: eood
ood: ood
ead: ead
ooo: ooo, obshchestvo s ogranichennoy otvetstvennostyu
zao: zao
oao: oao
pao: pao
ao: ao
tov: tov
too: too
ae: anonimi etairia
epe: epe
ike: ike
bm: bm, b m
wll: wll
fze: fze, fz llc, fzco, fzc, dmcc
llc_om: saog, saoc
kk: kk, kabushiki kaisha, kabushikikaisha, kabushiki gaisha
yk: yk, yugen kaisha, yugen gaisha
gk: gk, godo kaisha
tbk: tbk
jsc: jsc, joint stock company, ojsc, cjsc, pjsc
na: national association
pbc: pbc
"""
# Endings that are words or initials elsewhere: taken only in these countries, or when written with dots.
AMBIGUOUS = {
    spelling: words(countries)
    for spelling, countries in entries("""
ad: BG RS ME MK
ans: NO
ao: RU
ay: FI
bm: IL
bt: HU
cia: ES MX PT BR AR CO CL PE EC
compania: ES
da: NO
dac: IE
dd: HR SI BA
ead: BG
eg: DE
ek: DE
epp: BR
eu: AT
ev: DE AT HU
gk: JP
hb: SE
hf: IS
ike: GR
is: DK
kb: SE
kk: JP
ks: NO CZ SK
kt: UA
ky: FI
og: AT
ood: BG
ou: EE
partg: DE
pc: US
pp: UA PL
pte: SG
sci: FR
spa: IT CL DZ
ss: IT
teo: IE
tmi: FI
too: KZ
tov: UA
vos: CZ SK
yk: JP
""").items()
}

# Written before the name in these countries; '*' in all. 'firma' and the like are no legal form, and go as well.
PREFIXES = {
    spelling: words(countries)
    for spelling, countries in entries("""
ab: SE FI LT
ao: RU KZ
as: LV EE NO DK
asbl: BE FR LU
at: UA
bv: BE NL
bvba: *
cv: ID
eurl: *
fa: DE AT CH
firma: *
fop: UA
gie: FR
ip: RU KZ BY
kk: JP
messrs: *
nv: BE NL
oao: *
ooo: *
ou: EE
oy: *
pao: *
pp: UA
prat: UA
pt: ID
sa: FR BE CH LU
sarl: *
sas: FR
sasu: *
sci: FR
sia: LV
sprl: *
ste: FR MA TN BE
too: KZ
tov: *
tzov: *
uab: *
ud: ID
vzw: BE
yk: JP
zao: *
""").items()
}
NO_LEGAL_FORM = words("firma fa messrs ste")

# Glued to names without spaces; longest first.
GLUED = entries("""
股份有限公司: co_ltd
有限责任公司: ltd
有限責任公司: ltd
有限公司: ltd
株式会社: kk
有限会社: yk
合同会社: gk
合資会社: goshi
(株): kk
（株）: kk
㈱: kk
(有): yk
㈲: yk
주식회사: co_ltd
유한회사: llc
(주): co_ltd
（주）: co_ltd
㈜: co_ltd
公司: co
""")

ARTICLES = words("the der die das le la les el los las il lo gli het o os as de")
AND_WORDS = frozenset(("und", "et", "og", "och", "and"))


def _suffixes() -> dict[str, str]:
    """Own spellings first, then what cleanco knows beyond them, unless short enough to be a word."""
    known = {spelling: code for code, spellings in entries(_SUFFIXES).items() for spelling in spellings.split(", ")}
    for terms in (*terms_by_type.values(), *terms_by_country.values()):
        for term in terms:
            spelling = words_key(term.replace(".", "").replace("&", " and "))
            if len(spelling) > 3 and spelling.isascii() and spelling not in _CLEANCO_WORDS:
                known.setdefault(spelling, spelling.replace(" ", "_"))
    return known


_CLEANCO_WORDS = words("private unlimited tapui coop etat obrt peec adsitz sogepa koop")
SUFFIXES = _suffixes()
LAST_WORDS = frozenset(spelling.rpartition(" ")[2] for spelling in SUFFIXES)
LONGEST = max(spelling.count(" ") + 1 for spelling in SUFFIXES)
