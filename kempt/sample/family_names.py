"""Ordinary family names by culture, common ones first, and the parts from which the long tail is put together."""

COMMON: dict[str, str] = {
    "en": """Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Jackson Martin
        Lee Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams
        Nelson Baker Hall Campbell Mitchell Carter Roberts Phillips Evans Turner Parker Collins Edwards Stewart
        Morris Murphy Cook Rogers Morgan Cooper Peterson Reed Bailey Kelly Howard Cox Ward Richardson Watson
        Brooks Wood Bennett Gray James Hughes Price Myers Long Foster Sanders Ross Powell Sullivan Russell Perry
        Butler Barnes Fisher Henderson Coleman Simmons Patterson Jordan Reynolds Hamilton Graham Griffin Wallace
        West Cole Hayes Bryant Gibson Ellis Stevens Murray Ford Marshall Owens McDonald Harrison Kennedy Wells
        Woods Henry Freeman Webb Tucker Burns Crawford Olson Simpson Porter Hunter Gordon Shaw Snyder Mason Hunt
        Black Daniels Palmer Mills Nichols Grant Knight Ferguson Stone O'Brien O'Neill MacLeod Dunn Perkins Hudson
        Spencer Gardner Payne Pierce Berry Matthews Arnold Willis Ray Watkins Carroll Hart""",
    "de": """Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter
        Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause
        Meier Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang
        Scholz Möller Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz
        Baumann Böhm Groß Jäger Vogt""",
    "fr": """Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefèvre Leroy
        Roux David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefebvre
        Faure André Mercier Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin
        Clément Morin Nicolas Henry Roussel Mathieu Gautier Masson Marchand Duval Denis Dumont Lemaire Noël
        Meunier Béranger Benoît Hébert""",
    "nl": """de_Jong Jansen de_Vries van_den_Berg van_Dijk Bakker Janssen Visser Smit Meijer de_Boer Mulder
        de_Groot Bos Vos Peters Hendriks van_Leeuwen Dekker Brouwer de_Wit Dijkstra Smits de_Graaf van_der_Meer
        Kok Jacobs de_Haan Vermeulen van_den_Heuvel van_der_Veen van_den_Broek de_Bruijn Schouten van_Beek Willems
        van_Vliet Hoekstra Maas Verhoeven Koster van_Dam Prins Blom Huisman Peeters Kuipers Veenstra Kramer""",
    "es": """García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández
        Díaz Moreno Muñoz Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez
        Serrano Blanco Molina Morales Suárez Ortega Delgado Castro Ortiz Rubio Marín Sanz Núñez Iglesias Medina
        Garrido Cortés Castillo Santos Lozano Guerrero Cano Prieto Méndez Cruz Calvo Gallego Vidal León Márquez
        Herrera Peña Flores""",
    "pl": """Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski
        Kozłowski Jankowski Mazur Wojciechowski Kwiatkowski Krawczyk Kaczmarek Piotrowski Grabowski Zając
        Pawłowski Król Michalski Wróbel Wieczorek Jabłoński Nowakowski Majewski Olszewski Stępień Malinowski
        Jaworski Adamczyk Dudek Nowicki Pawlak Górski Witkowski Walczak Sikora Baran Rutkowski Michalak Szewczyk
        Ostrowski Tomaszewski Pietrzak""",
    "jp": """Sato=佐藤 Suzuki=鈴木 Takahashi=高橋 Tanaka=田中 Watanabe=渡辺 Ito=伊藤 Kobayashi=小林 Kato=加藤
        Yoshida=吉田 Sasaki=佐々木 Matsumoto=松本 Inoue=井上 Kimura=木村 Hayashi=林 Shimizu=清水 Saito=斎藤
        Abe=阿部 Mori=森 Ikeda=池田 Hashimoto=橋本 Ogawa=小川 Ishii=石井 Hasegawa=長谷川 Goto=後藤 Okada=岡田
        Kondo=近藤 Endo=遠藤 Aoki=青木 Sakamoto=坂本""",
    "cn": """Wang=王 Li=李 Zhang=张 Liu=刘 Chen=陈 Yang=杨 Huang=黄 Zhao=赵 Wu=吴 Zhou=周 Xu=徐 Sun=孙 Ma=马
        Zhu=朱 Hu=胡 Guo=郭 He=何 Gao=高 Lin=林 Luo=罗 Zheng=郑 Liang=梁 Xie=谢 Song=宋 Tang=唐 Deng=邓 Han=韩
        Feng=冯 Cao=曹 Peng=彭 Zeng=曾 Xiao=肖 Tian=田 Dong=董 Pan=潘 Yuan=袁 Cai=蔡 Jiang=蒋 Yu=余 Du=杜 Ye=叶
        Cheng=程 Wei=魏 Lü=吕 Ding=丁""",
}
PARTS: dict[str, tuple[str, str]] = {
    "en": (
        """Ash Black Brad Bran Brook Burn Car Chester Clay Cole Crow Dal East Elm Fair Farn Glen Gran Ham Har Hay
        Hazel Hol Kelm Kil Lang Lin Lock Lyn Mar Mel Mil Mor Nor North Oak Pem Quin Rad Red Ros Rush Sand Shel
        Stan Stock Sut Thorn Tilde Wal War Whit Win York""",
        """bridge bury combe croft dale den field ford gate grove ham hurst land leigh ley lock low man mere more
        ridge shaw son stead stone stow ton wall ward water well wick wood worth""",
    ),
    "de": (
        """Acker Alten Bach Berg Birken Brand Breiten Buch Burg Eich Eng Erl Feld Finken Grün Harten Haus Heid
        Hell Hirsch Hoch Holz Kalt Kirch König Kreuz Lang Linden Löwen Mühl Neu Nieder Ober Otten Rauh Reich Rosen
        Rot Sand Schön Schwarz Stein Sommer Tannen Vogel Wald Wasser Weiden Wolf""",
        "mann meier hofer bacher bauer berger brunner felder hauser huber müller mayr schmidt thaler",
    ),
    "fr": (
        """Beau Belle Bois Bon Bour Cham Chan Char Clair Cour Des Fon Gran Haute La Le Mon Mont Mar Per Pier Pon
        Roche Saint Val Ville""",
        "bert champ court fort gnon lain lard let lier nard net neuve pré rand reau ron selle teau val",
    ),
    "nl": (
        "van_ de_ van_der_ van_den_ ter_ Ooster Wester Noord Zuid Groen",
        """Linden Bosch Dijk Hoek Hoven Meer Poel Velde Veen Wal Water Weide Brink Broek Heuvel Kamp Laan Molen
        Plas Steen Vliet Zanden Sluis Horst Schans Duin Hof""",
    ),
    "pl": (
        """Bor Brzez Cies Czar Dęb Gaj Gło Grab Jasi Jodł Kal Kamien Klon Las Lip Łąk Mal Mod Mrocz Ol Osi Pol
        Rado Sad Sko Sosn Star Such Szcz Świerk Topol Wierzb Wilk Zab Zaw Ziel Żur""",
        "iński owski ewicz czyk ecki arski aniak nicki",
    ),
    "jp": (
        """Yama=山 Kawa=川 Naka=中 Taka=高 Matsu=松 Ki=木 Ishi=石 Nishi=西 Kita=北 Higashi=東 Minami=南 Ue=上
        Mura=村 Mizu=水 Naga=長 Ki=黄 Aki=秋 Fuji=藤 Sugi=杉""",
        "da=田 yama=山 kawa=川 mura=村 moto=本 shima=島 no=野 hara=原 guchi=口 i=井 zaki=崎 sawa=沢",
    ),
}
DOUBLED = ("es",)
FEMININE_ENDINGS = (("ski", "ska"), ("cki", "cka"), ("dzki", "dzka"))
