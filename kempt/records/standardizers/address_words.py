"""Words of addresses with their short forms. ASCII, lower case; only comparison keys are made of them.

A word that is short for different things in different languages is listed under its language.
"""

from kempt.records.standardizers.word_tables import entries, words

# short form: what it stands for, and its other short forms.
_EVERYWHERE = """
st: street str
ave: avenue av aven avn
rd: road
blvd: boulevard bd boul bvd bulvar bulvari bulevar
ln: lane
dr: drive drv
ct: court
pl: place
sq: square
hwy: highway
pkwy: parkway pky
ter: terrace terr
cres: crescent cresc
cl: close
gdns: gardens
gr: grove
hts: heights
expy: expressway
fwy: freeway
tpke: turnpike
cir: circle circ
trl: trail
aly: alley
plz: plaza
apt: apartment appartement app appt wohnung whg departamento depto dpto
ste: suite
fl: floor etage piso stock
bldg: building gebaude batiment bat edificio
rm: room zimmer
n: north nord norte noord
s: south sud sur zuid
e: east est este oost
w: west ouest oeste
ne: northeast
nw: northwest
se: southeast
sw: southwest
"""
_BY_LANGUAGE = {
    "de": """
str: strasse strae
pl: platz
sankt: st
""",
    "fr": """
rue: r
ave: av avenue
blvd: bd bld
pl: place
ch: chemin
rte: route
imp: impasse
all: allee
fbg: faubourg
saint: st
sainte: ste
bis: b
""",
    "es": """
calle: c cl cll
avda: avenida av avd ave
plaza: pza plz pz
paseo: po pso
ctra: carretera crta
cam: camino
urb: urbanizacion
""",
    "pt": """
rua: r
av: avenida
praca: pc pca
tv: travessa trav
al: alameda
est: estrada
rod: rodovia
lg: largo
""",
    "it": """
via: v
viale: vle
piazza: pza pzza pz
corso: cso
largo: lgo
strada: str
vicolo: vlo
""",
    "nl": """
str: straat
ln: laan
pln: plein
sint: st
""",
    "pl": """
al: aleja aleje
pl: plac
os: osiedle
m: mieszkanie lok lokal
""",
    "cs": """
nam: namesti
tr: trida
""",
    "sv": """
g: gatan gata
v: vagen vag
""",
    "no": """
gt: gate gata
v: veien vei vegen
pl: plass
""",
    "da": """
g: gade
v: vej
pl: plads
""",
    "fi": """
k: katu
t: tie
""",
    "ru": """
prosp: prospekt pr prt
per: pereulok perk
blvd: bulvar br
pl: ploshchad
sh: shosse
kv: kvartira
korp: korpus k
str: stroyeniye
nab: naberezhnaya nabya
""",
    "tr": """
cd: cadde caddesi cad
sk: sokak sokagi sok
mh: mahalle mahallesi mah
blv: bulvar bulvari
""",
}
_COUNTRIES = entries("""
cs: CZ SK
da: DK
de: DE AT CH LI
es: ES MX AR CO CL PE VE EC BO PY UY CR PA GT HN SV NI DO
fi: FI
fr: FR BE LU MC
it: IT SM
nl: NL
no: NO
pl: PL
pt: PT BR AO MZ
ru: RU BY KZ UA
sv: SE
tr: TR
""")
# Street types glued to the name, as in 'Hauptstraße', 'Kerkstraat', 'Storgatan': language: ending=short form.
GLUED = {
    language: [tuple(pair.split("=")) for pair in pairs.split()]
    for language, pairs in entries("""
da: gade=g vej=v
de: strasse=str platz=pl
fi: katu=k tie=t
nl: straat=str laan=ln plein=pln
no: gaten=gt gata=gt gate=gt veien=v vegen=v vei=v
sv: gatan=g vagen=v
""").items()
}
UNITS = words("apt ste fl bldg rm unit kv")
# Said or left out at will: 'ul. Długa 5' is 'Długa 5'.
DROPPED = words("no nr num numero nro number numara nummer ul ulica ulice ulitsa d dom house")

# The English name of a place: its names at home and elsewhere, where they differ.
_EXONYMS = """
munich: munchen, muenchen, monaco di baviera
cologne: koln, koeln
nuremberg: nurnberg, nuernberg
hanover: hannover
dusseldorf: duesseldorf
brunswick: braunschweig
frankfurt: frankfurt am main, frankfurt main, frankfurt a m
vienna: wien
zurich: zuerich
geneva: geneve, genf, ginevra
basel: basle, bale
bern: berne
lucerne: luzern
prague: praha, prag
warsaw: warszawa, warschau
krakow: cracow, krakau
wroclaw: breslau
gdansk: danzig
poznan: posen
rome: roma, rom
milan: milano, mailand
florence: firenze, florenz
venice: venezia, venedig
naples: napoli, neapel
turin: torino
genoa: genova, genua
lisbon: lisboa, lissabon
seville: sevilla
athens: athina, athen
brussels: bruxelles, brussel
antwerp: antwerpen, anvers
ghent: gent, gand
bruges: brugge
liege: luttich, luik
the hague: den haag, s gravenhage, sgravenhage, la haye
copenhagen: kobenhavn, kopenhagen, koebenhavn
gothenburg: goteborg, goeteborg
helsinki: helsingfors
turku: abo
moscow: moskva, moskau, moscou
saint petersburg: sankt peterburg, sankt petersburg
kyiv: kiev
odesa: odessa
kharkiv: kharkov
lviv: lvov, lwow, lemberg
bucharest: bucuresti, bukarest
belgrade: beograd, belgrad
cairo: al qahirah
beijing: peking
guangzhou: canton
mumbai: bombay
kolkata: calcutta
chennai: madras
bengaluru: bangalore
ho chi minh city: saigon, tp ho chi minh
mexico city: ciudad de mexico, cdmx, mexico d f, mexico df
new york: new york city, nyc, new york ny
washington: washington dc, washington d c
"""
# States and provinces that are written as a code; a code by itself is capitals.
REGIONS = entries("""
al: alabama
ak: alaska
az: arizona
ar: arkansas
ca: california
co: colorado
ct: connecticut
de: delaware
fl: florida
ga: georgia
hi: hawaii
id: idaho
il: illinois
in: indiana
ia: iowa
ks: kansas
ky: kentucky
la: louisiana
me: maine
md: maryland
ma: massachusetts
mi: michigan
mn: minnesota
ms: mississippi
mo: missouri
mt: montana
ne: nebraska
nv: nevada
nh: new hampshire
nj: new jersey
nm: new mexico
ny: new york
nc: north carolina
nd: north dakota
oh: ohio
ok: oklahoma
or: oregon
pa: pennsylvania
ri: rhode island
sc: south carolina
sd: south dakota
tn: tennessee
tx: texas
ut: utah
vt: vermont
va: virginia
wa: washington
wv: west virginia
wi: wisconsin
wy: wyoming
dc: district of columbia
ab: alberta
bc: british columbia
mb: manitoba
nb: new brunswick
ns: nova scotia
on: ontario
pe: prince edward island
qc: quebec
sk: saskatchewan
nsw: new south wales
vic: victoria
qld: queensland
tas: tasmania
""")


def _turned(table: str, separator: str | None = None) -> dict[str, str]:
    """Every other form of a table's entries, with what it is a form of."""
    return {other.strip(): name for name, others in entries(table).items() for other in others.split(separator)}


_COMMON = _turned(_EVERYWHERE)
STREET_WORDS = {"": _COMMON} | {
    language: _COMMON | {short: short for short in entries(table)} | _turned(table)
    for language, table in _BY_LANGUAGE.items()
}
LANGUAGE_OF = {country: language for language, countries in _COUNTRIES.items() for country in countries.split()}
PLACES = _turned(_EXONYMS, ",")
