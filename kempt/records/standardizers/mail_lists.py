"""Mailbox providers, throw-away providers, role mailboxes and reserved names: plain data for e-mails and domains."""

from kempt.records.standardizers.word_tables import entries, words

_CONSUMER_BRANDS = entries("""
yahoo: com co.uk co.in co.jp co.id co.nz co.kr com.ar com.au com.br com.cn com.hk com.mx com.my com.ph com.sg com.tr
 com.tw com.vn ca de dk es fi fr gr ie in it nl no pl ro se
hotmail: com co.uk co.jp com.ar com.br com.tr be ca ch cl de dk es fi fr gr hu it jp nl no pt se
live: com co.uk com.ar com.au com.mx com.pt be ca cl cn de dk fi fr ie it jp nl no ru se
outlook: com co.id com.ar com.au com.br com.tr com.vn at be cl cz de dk es fr hu ie in it jp kr lv pt sa sg sk
gmx: com de net at ch fr us co.uk eu
web: de
yandex: ru com by kz ua com.tr
aol: com de fr co.uk it es
icloud: com
zoho: com eu in
tutanota: com de
protonmail: com ch
""")
_CONSUMER_DOMAINS = """
gmail.com googlemail.com ymail.com rocketmail.com msn.com passport.com windowslive.com me.com mac.com aim.com
proton.me pm.me tuta.io tuta.com
tutamail.com keemail.me mail.com email.com usa.com mail.ru inbox.ru list.ru bk.ru internet.ru ya.ru rambler.ru
ukr.net i.ua meta.ua tut.by
fastmail.com fastmail.fm hey.com hushmail.com lycos.com excite.com inbox.com gawab.com mailfence.com posteo.de
posteo.net mailbox.org runbox.com
t-online.de freenet.de arcor.de online.de email.de mail.de kabelmail.de vodafonemail.de aon.at chello.at utanet.at
bluewin.ch hispeed.ch sunrise.ch
orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr numericable.fr bbox.fr club-internet.fr voila.fr aliceadsl.fr
libero.it virgilio.it alice.it tin.it tiscali.it inwind.it iol.it fastwebnet.it email.it poste.it tim.it
telefonica.net terra.es ono.com movistar.es sapo.pt clix.pt netcabo.pt
uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com r7.com oi.com.br
ziggo.nl kpnmail.nl planet.nl home.nl hetnet.nl xs4all.nl chello.nl upcmail.nl casema.nl quicknet.nl kpnplanet.nl
telenet.be skynet.be proximus.be
btinternet.com btopenworld.com sky.com talktalk.net virginmedia.com ntlworld.com blueyonder.co.uk tiscali.co.uk
eircom.net
comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com netzero.net
optonline.net frontier.com
roadrunner.com rr.com windstream.net centurylink.net mindspring.com shaw.ca rogers.com sympatico.ca telus.net
videotron.ca bell.net
bigpond.com bigpond.net.au optusnet.com.au iinet.net.au tpg.com.au xtra.co.nz
wp.pl o2.pl onet.pl interia.pl poczta.onet.pl op.pl gazeta.pl vp.pl tlen.pl poczta.fm seznam.cz centrum.cz email.cz
atlas.cz post.cz volny.cz
azet.sk centrum.sk zoznam.sk freemail.hu citromail.hu abv.bg mail.bg dir.bg
telia.com bredband.net spray.se tele2.se comhem.se online.no broadpark.no frisurf.no jubii.dk mail.dk stofanet.dk
luukku.com suomi24.fi kolumbus.fi
saunalahti.fi elisanet.fi netti.fi mail.ee inbox.lv inbox.lt one.lt
qq.com vip.qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com 139.com 189.cn aliyun.com 21cn.com
tom.com
naver.com daum.net hanmail.net nate.com kakao.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp i.softbank.jp nifty.com
biglobe.ne.jp
rediffmail.com indiatimes.com sify.com walla.co.il walla.com bezeqint.net netvision.net.il mynet.com superonline.com
otenet.gr forthnet.gr
singnet.com.sg pacific.net.sg pchome.com.tw hinet.net netvigator.com
"""
FREE_MAIL = words(_CONSUMER_DOMAINS) | {
    f"{brand}.{suffix}" for brand, suffixes in _CONSUMER_BRANDS.items() for suffix in suffixes.split()
}

DISPOSABLE = words("""
mailinator.com mailinator.net guerrillamail.com guerrillamail.net guerrillamail.org guerrillamail.biz
sharklasers.com grr.la spam4.me yopmail.com
yopmail.fr yopmail.net 10minutemail.com 10minutemail.net tempmail.com temp-mail.org temp-mail.io tempmail.net
tempmailo.com throwawaymail.com
trashmail.com trashmail.de trashmail.net trash-mail.com getnada.com nada.email maildrop.cc mailnesia.com
mailcatch.com dispostable.com fakeinbox.com
mintemail.com mytemp.email moakt.com emailondeck.com spamgourmet.com mohmal.com wegwerfmail.de wegwerfmail.net
einrot.com muell.email spambog.com
discard.email discardmail.com jetable.org mailnull.com mailexpire.com tempinbox.com tempr.email inboxkitten.com
burnermail.io 33mail.com
""")

# example.com and its sisters are what people type instead of an address. The .example ending is not here: nobody
# mistypes it, and made-up data could not be told from bad data otherwise.
RESERVED = frozenset({"example.com", "example.net", "example.org"})
PLACEHOLDER_DOMAINS = words("""
test.com test.de test.fr test.net test.org test.co.uk testing.com asdf.com qwerty.com abc.com xyz.com aaa.com
xxx.com none.com noemail.com nomail.com
noreply.com domain.com yourdomain.com mydomain.com email.invalid company.com yourcompany.com mail.invalid foo.com
bar.com foobar.com sample.com
unknown.com na.com fake.com fakeemail.com invalid.com nowhere.com null.com
""")

# What each provider ignores in the local part, beside case: the characters it skips, and what starts a tag.
_PLUS_DOMAINS = words("""
icloud.com fastmail.com fastmail.fm hey.com mailbox.org posteo.de zoho.com runbox.com yandex.ru
""") | {domain for domain in FREE_MAIL if domain.split(".")[0] in ("outlook", "hotmail", "live")}
IGNORED_IN_LOCAL_PART = dict.fromkeys(_PLUS_DOMAINS, ("", "+")) | {"gmail.com": (".", "+"), "proton.me": (".-_", "+")}
SAME_MAILBOX_DOMAIN = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "pm.me": "proton.me",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "ya.ru": "yandex.ru",
    "yandex.com": "yandex.ru",
}

NO_REPLY = words("""
noreply noreplies donotreply dontreply nepasrepondre keineantwort nichtantworten noresponder naoresponda
nonrispondere nietbeantwoorden svarinte
mailerdaemon bounce bounces autoreply
""")
ROLES = NO_REPLY | words("""
abuse accounting accounts accountspayable accountspayables accountsreceivable ap ar admin administration
administrator adm billing board booking
bookings buying campaigns career careers catering ceo claims clientservice clientservices compliance contact
contactus customer customercare customers
customerservice customerservices customersupport data delivery dev developers dispatch dpo ecommerce editor
editorial education enquiries enquiry
events export facilities feedback finance frontdesk fundraising gdpr general hello help helpdesk hi hiring
hostmaster hq hr hrdepartment import info
information infos inquiries inquiry insurance investor investors invoice invoices invoicing it itsupport jobs
kontakt lab legal library logistics mail
mailbox maintenance management manager marketing media membership members news newsletter noc office operations ops
order orders partner partners
partnerships payable payables payment payments payroll personnel post postmaster pr press privacy procurement
production project projects purchase
purchasing qa quality query questions quote quotes reception recruiting recruitment registrar rental reports request
requests research reservation
reservations returns rfq root sales salesteam secretary secretariat security service services shipping shop social
staff store student studio subscribe
subscriptions suggestions supplier suppliers support sysadmin team tech technical technicalsupport tenders trade
training travel unsubscribe vendor
vendors volunteer warehouse web webmaster welcome wholesale workshop www
anfrage anfragen bestellung bestellungen bewerbung bewerbungen buchhaltung buero büro datenschutz einkauf empfang
geschaeftsfuehrung hallo kanzlei
kasse kundendienst kundenservice lager leitung mahnung personal personalabteilung praxis presse rechnung rechnungen
redaktion sekretariat technik
versand vertrieb verwaltung vorstand werkstatt zentrale
accueil achats administratif boutique candidature candidatures commande commandes commercial commerciale
communication compta comptabilite contacts
courrier devis direction emploi facturation factures juridique livraison mairie recrutement rh secretariat
serviceclient serviceclients vente ventes
administracion almacen atencion atencionalcliente atencioncliente ayuda calidad clientes comercial compras consultas
contabilidad contacto cobranzas
empleo facturacion facturas gerencia informacion informes legales logistica pagos pedidos prensa proveedores
publicidad recepcion recursoshumanos
reclamos reservas rrhh secretaria soporte tienda ventas
atendimento cobranca compra contabil contabilidade contato contatos diretoria faturamento faturas fiscal financeiro
juridico loja orcamento orcamentos
recepcao recrutamento sac suporte vendas
acquisti amministrazione assistenza assistenzaclienti commerciale contabilita contatti direzione fatturazione
fatture informazioni magazzino
ordini prenotazioni preventivi qualita risorseumane segreteria spedizioni ufficio ufficiostampa vendite
administratie bestellingen boekhouding debiteuren crediteuren directie facturatie facturen inkoop klantenservice
magazijn personeel planning receptie
secretariaat verkoop vacatures winkel
bokning butik ekonomi faktura fakturor försäljning forsaljning hej inköp inkop kundservice kundtjanst lon order
reception bogholderi ordre salg
kundeservice okonomi regnskab regnskap bestilling firmapost resepsjon asiakaspalvelu laskut laskutus myynti toimisto
tilaukset
biuro faktury handlowy kadry kancelaria ksiegowosc oferta praca recepcja reklamacje rekrutacja sekretariat serwis
sklep sprzedaz zamowienia zarzad
fakturace info nakup objednavky obchod podpora prodej recepce uctarna kapcsolat szamlazas ertekesites ugyfelszolgalat
bilgi destek iletisim insankaynaklari muhasebe satis siparis
buh buhgalter otdelprodaz priemnaya prodazhi reklama sekretar zakaz zakupki
eigyo jinji keiri soumu toiawase
""")
# May follow a role word without making it a person: sales.emea@, info-berlin2@ needs the place, hr_department@.
ROLE_QUALIFIERS = words("""
team dept department group office desk center centre abteilung service services global international intl worldwide
europe eu emea apac amer americas
latam asia africa north south east west nord sud ost uk us usa ca de at ch fr it es pt nl be dk se no fi pl cz hu ro
gr tr ru ua in cn jp kr au nz br mx
ar cl co za sg hk ae sa online web main new b2b b2c
""")
