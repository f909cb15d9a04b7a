"""Words people and programs write where there is no value, and words that only test a form."""

import re

_OUTER = re.compile(r"^[\s\W_]+|[\s\W_]+$")
_FILLER = re.compile(r"(?:x{2,}|z{3,})(?:[ ./-]*x+)*")
_SHEET_ERROR = re.compile(
    r"#(?:n/?a|nv|ref!?|name\??|nom\??|value!?|valeur!?|wert!?|bezug!?|div/0!?|num!?|null!?|zahl!?)", re.IGNORECASE
)

# Compared casefolded, without outer punctuation; one line a language.
_PLACEHOLDERS = """
n/a;n.a;n.a.;n\\a;n-a;n / a;na;n.a. n.a;not available;not applicable;not provided;not specified;not set;not known
not given;not found
none;none given;none provided;nil;null;nul;(null);nan;nat;undefined;unknown;unk;unspecified;unnamed;no name;noname
no data;no value
no email;no e-mail;no phone;no address;no company;no website;no title;missing;empty;blank;tbd;tba;tbc
to be determined;to be confirmed
none none;object object;system.object;-none-;please select;select;select one;--select--
do not know;dont know;don't know;don’t know;see notes;see above;ditto;same;same as above;todo;void
unbekannt;nicht bekannt;nicht vorhanden;keine;keine angabe;keine angaben;k.a;k. a;entfällt;leer;ohne;ohne angabe
nicht angegeben
inconnu;inconnue;aucun;aucune;néant;neant;sans;sans objet;non renseigné;non renseigne;non renseignée;non communiqué
n/c;s/o
desconocido;desconocida;ninguno;ninguna;sin datos;sin dato;sin información;no aplica;no disponible;s/d;n/d;no tiene
no consta
desconhecido;desconhecida;nenhum;nenhuma;não informado;nao informado;não disponível;não se aplica;sem informação
não tem;s/i
sconosciuto;sconosciuta;nessuno;nessuna;non disponibile;non specificato;non applicabile;n.d
onbekend;geen;niet bekend;niet beschikbaar;niet van toepassing;n.v.t;nvt
okänd;okänt;saknas;ingen;inget;uppgift saknas;ej angivet;ej tillämpligt;ukendt;ikke oplyst;intet;ukjent;ikke oppgitt
mangler
tuntematon;ei tiedossa;ei ole;puuttuu;ei mitään
brak;brak danych;nieznany;nieznana;nieznane;nie dotyczy;nie podano;neznámý;neznámá;neznámé;není;neuvedeno;nezadáno
ismeretlen;nincs;nincs adat
necunoscut;nespecificat;nepoznato;nema;нема;неизвестно;неизвестен;нет;нет данных;не указано;не указан;отсутствует
невідомо;немає;няма;неизвестна
bilinmiyor;yok;belirtilmemiş;mevcut değil;άγνωστο;δεν υπάρχει;κανένα
不明;なし;無し;無;ナシ;該当なし;未定;未設定;未知;无;暂无;没有;不详;未填写;無資料;없음;미상;모름;해당없음;알 수 없음
غير معروف;لا يوجد;غير متوفر;مجهول;נامشخص;نامشخص;ندارد;לא ידוע;אין;ไม่ทราบ;ไม่มี;không có;không rõ;tidak ada
tidak diketahui;अज्ञात
"""

_TESTS = """
test;tests;tester;testing;test test;test user;testuser;user test;test1;test2;test123;test 123;testname;test name
test account;test contact
test company;test lead;test record;test data;prueba;pruebas;probe;essai;teste;prova;proef;тест;тестовый;テスト;测试;測試
테스트;اختبار
asdf;asdfasdf;asdf asdf;asdfgh;asdfghjkl;asd;asdasd;asd asd;qwer;qwert;qwertz;qwerty;qwertyuiop;azerty;zxcv;zxcvbn
zxcvbnm;hjkl;jkl;fdsa;lkjh;sdf;sdfsdf;dfgdfg;aaa bbb
foo;bar;baz;foobar;foo bar;abc;abcd;abcdef;abc abc;abc123;xyz;blah;blah blah;bla;bla bla;lorem;lorem ipsum;dummy
dummy user;fake;fake name;sample;example;demo;demo user
first last;firstname;lastname;first name;last name;firstname lastname;first name last name;given name;family name
surname;vorname;nachname;vorname nachname;prénom;nom;prénom nom
john doe;jane doe;mickey mouse;donald duck;bugs bunny;santa claus;max mustermann;erika mustermann;delete;delete me
deleted;do not use;don't use;duplicate;invalid;temp;tmp;anonymous;guest;nobody
no one;someone;somebody;admin;administrator;system;user;customer;new customer;new contact;new lead;web lead;contact
lead
"""


def _words(table: str) -> frozenset[str]:
    return frozenset(_bare(word) for word in table.replace("\n", ";").split(";") if word) - {""}


def _bare(text: str) -> str:
    if text[:1].isalnum() and text[-1].isalnum():
        return text.casefold()
    return _OUTER.sub("", text.casefold())


PLACEHOLDERS = _words(_PLACEHOLDERS)
TESTS = _words(_TESTS)


def is_placeholder(text: str) -> bool:
    """Whether a text says only that there is no value: 'N/A', '-', 'unbekannt', 'xxx', '#REF!'."""
    if not (text[:1].isalnum() or any(map(str.isalnum, text))):
        return True
    if len(text) > 40:
        return False
    bare = _bare(text)
    if bare in PLACEHOLDERS or (text[0] == "#" and _SHEET_ERROR.fullmatch(text)):
        return True
    return bare[0] in "xz" and _FILLER.fullmatch(bare) is not None


def is_test(text: str) -> bool:
    """Whether a text only tries out a form: 'test', 'asdf', 'foo bar', 'aaaa', a form's own label."""
    if len(text) > 40:
        return False
    bare = _bare(text)
    return bare in TESTS or (len(bare) > 2 and bare == bare[0] * len(bare))
