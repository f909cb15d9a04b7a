"""The European countries of the sample.

Where a country publishes numbers for film and fiction, those come first: Germany's Bundesnetzagentur and France's
ARCEP do. A German fiction number made longer stays inside its reserved block. The other blocks are merely well formed.
"""

from kempt.sample.countries import Country

_BRAND = (
    """Anker Bora Brig Delta Drift Ebba Fjord Flut Gezeit Hanse Havn Kai Kiel Kogge Kor Küst Lago Lind Lund Mar
    Meer Mole Nava Nord Oster Pelag Polar Quai Regatt Rhen Riff Sal See Sigma Skag Strand Sturm Sund Tide Tri Vela
    Vent Wal Watt Well West Wind Zee Zephir""",
    """aqua berg dock fahrt form gard gate hafen kap lab lux mare marin mast nautic nova port pro sail schiff steg
    strom tec tor trans vaart vent verft via vita wart werk wind""",
)

GERMANY = Country(
    code="DE",
    spellings=("DE", "Deutschland", "Germany", "D"),
    cultures={"de": 84, "pl": 4, "nl": 2, "en": 3, "jp": 3, "cn": 4},
    calling_code=49,
    trunk="0",
    area=2,
    numbers=(
        *((prefix * 1_000, 1_000) for prefix in (30_23125, 69_90009, 40_66969, 89_99998)),
        *((prefix * 100_000, 100_000) for prefix in (30_23125, 69_90009, 40_66969, 89_99998)),
    ),
    cities="""Hamburg/Hamburg/20### Bremen/Bremen/28### Kiel/Schleswig-Holstein/24###
    Rostock/Mecklenburg-Vorpommern/18### Berlin/Berlin/10### München/Bayern/80### Köln/Nordrhein-Westfalen/50###
    Düsseldorf/Nordrhein-Westfalen/40### Stuttgart/Baden-Württemberg/70### Frankfurt_am_Main/Hessen/60###
    Lübeck/Schleswig-Holstein/23### Emden/Niedersachsen/26### Leipzig/Sachsen/04### Nürnberg/Bayern/90###
    Münster/Nordrhein-Westfalen/48###""",
    streets=(
        "{name}{kind}",
        """Linden Birken Eichen Buchen Ahorn Kastanien Tannen Rosen Garten Wiesen Mühlen Hafen Deich Werft Anker
        Möwen Leuchtturm Kapitäns Fischer Netz Speicher Kontor Schiffer Lotsen Brücken Schleusen Bach Feld Wald
        Berg""",
        "straße weg allee gasse platz ufer ring damm",
    ),
    house_first=False,
    legal_forms=(
        ("GmbH", "Gmbh", "GMBH", "Gesellschaft mbH", ""),
        ("AG", "Aktiengesellschaft", ""),
        ("GmbH & Co. KG", "GmbH und Co KG", "GmbH&Co.KG", ""),
        ("KG", "Kommanditgesellschaft", ""),
    ),
    tax_id="DE#########",
    titles="""Geschäftsführer Einkaufsleiter Vertriebsleiter Einkäuferin Leiter_Technik Leiterin_Marketing
    Projektleiter Sachbearbeiterin Buchhalterin Werftleiter Disponent Assistentin_der_Geschäftsführung Prokurist
    Ingenieur Kapitän""",
    brand=_BRAND,
    sectors="""Schiffstechnik Maschinenbau Logistik Reederei Werft Marine Elektronik Antriebe Navigation Spedition
    Stahlbau Umwelttechnik Messtechnik Hydraulik Offshore Bootsbau Handel Energie""",
)
FRANCE = Country(
    code="FR",
    spellings=("FR", "France"),
    cultures={"fr": 92, "es": 4, "jp": 2, "cn": 2},
    calling_code=33,
    trunk="0",
    area=1,
    numbers=(
        *((prefix * 10_000, 10_000) for prefix in (1_9900, 2_6191, 3_5301, 4_6571, 5_3649)),
        (1_99100000, 900_000),
    ),
    cities="""Marseille/Provence-Alpes-Côte_d'Azur/130## Brest/Bretagne/292## Le_Havre/Normandie/766##
    Saint-Nazaire/Pays_de_la_Loire/446## La_Rochelle/Nouvelle-Aquitaine/170## Paris/Île-de-France/750##
    Lyon/Auvergne-Rhône-Alpes/690## Nantes/Pays_de_la_Loire/440## Toulon/Provence-Alpes-Côte_d'Azur/830##
    Dunkerque/Hauts-de-France/591## Bordeaux/Nouvelle-Aquitaine/330## Lorient/Bretagne/561##""",
    streets=(
        "{kind} {name}",
        """des_Tilleuls des_Chênes des_Peupliers du_Moulin du_Phare du_Vieux_Port des_Pêcheurs de_l'Ancre
        des_Mouettes du_Chantier des_Voiliers de_la_Dune du_Sémaphore des_Érables des_Cordiers du_Bassin
        de_l'Écluse des_Remparts""",
        "rue avenue quai place chemin allée",
    ),
    house_first=True,
    legal_forms=(("SARL", "S.A.R.L.", "Sarl", ""), ("SAS", "S.A.S.", ""), ("SA", "S.A.", "")),
    tax_id="FR###########",
    titles="""Directeur_général Responsable_des_achats Directrice_commerciale Chef_de_projet Acheteur Comptable
    Gérant Assistante_de_direction Responsable_marketing Ingénieur_naval Directeur_technique
    Responsable_logistique""",
    brand=_BRAND,
    sectors="""Maritime Navale Énergie Logistique Chantiers Électronique Nautisme Transports Hydraulique
    Composites Plaisance Mécanique Instruments Pêche Océan Services""",
)
NETHERLANDS = Country(
    code="NL",
    spellings=("NL", "Nederland", "Netherlands", "The Netherlands"),
    cultures={"nl": 88, "de": 6, "jp": 3, "cn": 3},
    calling_code=31,
    trunk="0",
    area=1,
    numbers=((6_10000000, 9_000_000),),
    cities="""Rotterdam/Zuid-Holland/30##_AB Amsterdam/Noord-Holland/10##_KD Den_Haag/Zuid-Holland/25##_CS
    Groningen/Groningen/97##_LM Vlissingen/Zeeland/43##_BX Den_Helder/Noord-Holland/17##_GT
    Utrecht/Utrecht/35##_PV Dordrecht/Zuid-Holland/33##_ZW Harlingen/Friesland/88##_RE Delfzijl/Groningen/99##_HA""",
    streets=(
        "{name}{kind}",
        """Linden Berken Eiken Haven Dijk Molen Sluis Vissers Anker Meeuwen Scheeps Kade Duin Zee Polder Brug
        Schippers Loods Touw Werf Koren Tulpen""",
        "straat weg laan kade plein dijk",
    ),
    house_first=False,
    legal_forms=(("B.V.", "BV", "bv", "Besloten Vennootschap", ""), ("N.V.", "NV", ""), ("VOF", "V.O.F.", "")),
    tax_id="NL#########B01",
    titles="""Directeur Inkoper Hoofd_Inkoop Verkoopleider Projectleider Boekhouder Directiesecretaresse
    Werfleider Marketingmanager Planner Technisch_Directeur Kwaliteitsmanager""",
    brand=_BRAND,
    sectors="""Scheepsbouw Maritiem Logistiek Techniek Jachtbouw Transport Offshore Elektronica Baggerwerken
    Handel Installaties Energie Motoren Tuigage Visserij Metaal""",
)
SPAIN = Country(
    code="ES",
    spellings=("ES", "España", "Spain"),
    cultures={"es": 95, "fr": 3, "cn": 2},
    calling_code=34,
    trunk="",
    area=3,
    numbers=((699_000_000, 900_000),),
    cities="""Barcelona/Cataluña/080## Valencia/Comunidad_Valenciana/460## Bilbao/País_Vasco/480##
    Vigo/Galicia/362## Cádiz/Andalucía/110## Málaga/Andalucía/290## Madrid/Madrid/280## A_Coruña/Galicia/150##
    Gijón/Asturias/332## Alicante/Comunidad_Valenciana/030##""",
    streets=(
        "{kind} {name}",
        """del_Faro de_la_Marina del_Puerto de_los_Pescadores del_Ancla de_las_Gaviotas del_Molino de_los_Olivos
        del_Muelle de_la_Vela de_los_Naranjos del_Astillero de_la_Brisa de_los_Pinos de_la_Fuente del_Norte""",
        "Calle Avenida Plaza Paseo",
    ),
    house_first=False,
    legal_forms=(("S.L.", "SL", "Sociedad Limitada", ""), ("S.A.", "SA", ""), ("S.L.U.", "SLU", "")),
    tax_id="ESB########",
    titles="""Director_General Jefe_de_Compras Directora_Comercial Jefa_de_Proyecto Comprador Contable Gerente
    Responsable_de_Logística Director_Técnico Ingeniera_Naval Administrativo""",
    brand=_BRAND,
    sectors="""Náutica Marítima Astilleros Logística Energía Electrónica Pesquera Transportes Técnica Instrumentos
    Motores Servicios Naval Composites Comercial Hidráulica""",
)
POLAND = Country(
    code="PL",
    spellings=("PL", "Polska", "Poland"),
    cultures={"pl": 95, "de": 5},
    calling_code=48,
    trunk="",
    area=3,
    numbers=((500_000_000, 900_000),),
    cities="""Gdańsk/Pomorskie/80-### Gdynia/Pomorskie/81-### Szczecin/Zachodniopomorskie/70-###
    Warszawa/Mazowieckie/00-### Kraków/Małopolskie/30-### Wrocław/Dolnośląskie/50-### Poznań/Wielkopolskie/60-###
    Łódź/Łódzkie/90-### Świnoujście/Zachodniopomorskie/72-### Elbląg/Warmińsko-Mazurskie/82-###""",
    streets=(
        "{kind} {name}",
        """Lipowa Dębowa Brzozowa Portowa Morska Stoczniowa Żeglarska Rybacka Kotwiczna Młyńska Polna Leśna
        Ogrodowa Latarniana Słoneczna Mostowa Nadbrzeżna Wiosenna Kasztanowa Masztowa""",
        "ul. al. pl.",
    ),
    house_first=False,
    legal_forms=(
        ("Sp. z o.o.", "sp. z o. o.", "Spółka z o.o.", "SP. Z O.O.", ""),
        ("S.A.", "SA", "Spółka Akcyjna", ""),
        ("Sp. j.", "Spółka Jawna", ""),
    ),
    tax_id="PL##########",
    titles="""Dyrektor_Generalny Kierownik_Zakupów Dyrektor_Handlowy Kierownik_Projektu Księgowa Właściciel
    Specjalista_ds._Zakupów Asystentka_Zarządu Inżynier Kierownik_Logistyki Prezes_Zarządu""",
    brand=_BRAND,
    sectors="""Stocznia Logistyka Technika Morska Energia Elektronika Transport Żegluga Instalacje Handel Napędy
    Hydraulika Jachty Metal Serwis Nawigacja""",
)
