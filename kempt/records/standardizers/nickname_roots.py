"""Which given name a nickname stands for, so that 'Bill' and 'William' compare as one."""

from functools import lru_cache

from nicknames import NickNamer

from kempt.records.standardizers.name_lists import GIVEN_NAMES
from kempt.records.standardizers.word_tables import entries, words

# root: its nicknames, other spellings and transliterations. The usual reading, where lists of names offer several.
_OWN = """
william: bill billy will willy willie liam wm
robert: bob bobby rob robbie robby bert
richard: rich rick ricky dick richie
james: jim jimmy jamie jimmie jas
john: johnny jack jon johnnie
charles: chuck charlie chas charly
edward: ed eddie ted teddy ned
henry: harry hank
thomas: tom tommy thos
michael: mike mick mickey mikey micheal
joseph: joe joey
anthony: tony
nicholas: nick nicky nicolas nikolas
daniel: dan danny
david: dave davey
matthew: matt matty
matthias: mathias hias
andrew: andy drew
peter: pete petey
paul: paulie
stephen: steve steven stevie
christopher: chris kit
alexander: alex alec sandy sasha sascha sacha aleksandr alexandr aleksander oleksandr aleksandar sander xander lex
shura sanya olek
alexandra: aleksandra lexi oleksandra
samuel: sam sammy
benjamin: ben benny benji
jonathan: jonny jonathon
joshua: josh
patrick: pat paddy
patricia: patty patti trish tricia pattie
kenneth: ken kenny
gregory: greg gregor
timothy: tim timmy
gerald: jerry gerry
lawrence: larry laurence
frederick: fred freddy freddie
friedrich: fritz
francis: frank frankie
walter: walt wally
theodore: theo
raymond: ray
ronald: ron ronnie
donald: don donnie
douglas: doug
philip: phil phillip
geoffrey: geoff
jeffrey: jeff
zachary: zach zack zac
nathaniel: nate nat
leonard: leo len lenny
albert: bertie
alfred: alfie alf
vincent: vince vinny
maximilian: max maxi
sebastian: seb bastian basti
louis: lou
elizabeth: liz lizzy lizzie beth betty betsy eliza elisabeth libby
margaret: maggie meg peggy peg marge margie
katherine: kate kathy katie kathryn catherine cathy catharine
mary: molly polly
ann: annie
anne: annemieke
jennifer: jen jenny jenn jennie
susan: sue susie suzy
deborah: deb debbie debby debra
barbara: barb barbie babs
rebecca: becky becca bec rebekah
christina: tina chrissy
christine: christiane
jessica: jess jessie
victoria: vicky vicki tori
cynthia: cindy
pamela: pam
dorothy: dot dottie
eleanor: nora elinor
jacqueline: jackie jacqui
kimberly: kim kimmy kimberley
stephanie: steph stefanie
theresa: tess tessa
abigail: abby
amanda: mandy
angela: angie
veronica: vera_f
virginia: ginny
frances: fran francine
judith: judy judi
josephine: josie
natalie: nathalie
samantha: sammie
jose: pepe chepe
francisco: paco pancho kiko
ignacio: nacho
manuel: manolo manolito
enrique: quique kike
eduardo: lalo
guillermo: memo
santiago: santi chago
alejandro: jano
guadalupe: lupe lupita
concepcion: concha conchita
dolores: lola
rosario: charo
mercedes: merche
beatriz: bea
jesus: chuy chucho
joao: joaozinho
antonio: tonho tonino toninho
giuseppe: beppe peppe pino
francesco: checco
giovanni: gianni nanni
lorenzo: renzo
johannes: hans hannes johann
josef: sepp seppi pepi jupp
ludwig: wiggerl lutz
georg: schorsch joerg jorg
heinrich: heinz heiner
wilhelm: willi
rudolf: rudi
manfred: manni
wolfgang: wolle
siegfried: siggi
ulrich: uli ulli
magdalena: magda leni
franziska: franzi
katharina: kathi katha
susanne: susi
cornelis: kees cor
hendrik: henk
gerardus: gerard gerrit
jacobus: jaap
antonius: toon
wilhelmus: wim
petrus: piet
karl: kalle
erik: eric erich jerker
juhani: jussi
johan: janne
ivan: vanya vanja
mikhail: misha mikhael mihail mykhailo
nikolay: kolya nikolai nikolaj mykola
dmitriy: dima dmitry dmitri dmitrii dmytro mitya
sergey: sergei seryozha serhiy sergej
aleksey: alexey aleksei alyosha alexei alexej oleksiy
vladimir: volodya vova wladimir volodymyr
yevgeniy: yevgeny evgeny evgeniy zhenya evgenii
konstantin: kostya
pavel: pasha
grigoriy: grisha grigory grigori
pyotr: petya petr
yuriy: yuri yura iurii yury
mariya: masha marija
yekaterina: katya ekaterina
natalya: natasha natalia nataliya
tatyana: tanya tatiana tatjana
anastasiya: nastya anastasia
yelena: lena elena
svetlana: sveta
lyudmila: lyuda mila ludmila
olga: olya
anna: anya
irina: ira iryna
malgorzata: gosia malgosia
katarzyna: kasia kaska
agnieszka: aga
joanna: asia
krzysztof: krzysiek krzys
tomasz: tomek
piotr: piotrek
wojciech: wojtek
jozef: jozek
jan: janek jasiek honza
frantisek: franta
jaroslav: jarda
laszlo: laci
istvan: pista
jozsef: jozsi joska
sandor: sanyi
ferenc: feri
erzsebet: bozsi zsoka
katalin: kati kata
muhammad: mohammed mohamed mohammad muhammed mohamad mohd muhamed
ahmed: ahmet ahmad
yusuf: youssef yousef yosef yousuf
hussein: huseyin husain hussain hosein
hassan: hasan
ibrahim: ebrahim
omar: umar omer
abdullah: abdallah
khalid: khaled
fatima: fatma fatimah
aisha: ayesha aysha
"""
# Too many readings, and none of them usual.
_AMBIGUOUS = words("al lee jo robin jessie val dana andi manu ale toni terry mel nat stacy")


@lru_cache(maxsize=1)
def _roots() -> dict[str, str]:
    table = entries(_OWN)
    nicknames = {nickname: root for root, names in reversed(table.items()) for nickname in names.split()}
    return nicknames | {root: root for root in table}


@lru_cache(maxsize=1)
def _library() -> NickNamer:
    return NickNamer()


def nickname_key(given_key: str | None) -> str | None:
    """The name that a given name's key stands for: 'bill' -> 'william'; None when it may stand for several.

    A name that is no nickname stands for itself. Only the first of several given names counts, and initials do not.
    """
    first = (given_key or "").partition(" ")[0]
    if len(first) < 2:
        return None
    seen: list[str] = []
    while first not in seen:
        if root := _roots().get(first):
            return root
        formal = _formal_names(first)
        if first in _AMBIGUOUS or len(formal) > 1:
            return None
        if not formal:
            return first
        seen.append(first)
        (first,) = formal
    return min(seen[seen.index(first) :])  # 'allan' and 'allen', each listed as short for the other


def _formal_names(nickname: str) -> set[str]:
    """What the library knows a nickname to stand for.

    It also relates names of their own right, as 'erin' to 'aaron'; a nickname starts like its name.
    """
    if nickname in GIVEN_NAMES:
        return set()
    return {name for name in _library().canonicals_of(nickname) if name.startswith(nickname[:2]) and name != nickname}
