"""Ordinary given names by culture: `Name`, `Name:Nickname`, or `Latin=native`. Common ones first."""

WOMEN: dict[str, str] = {
    "en": """Mary Patricia:Patty Jennifer:Jen Linda Elizabeth:Liz Barbara:Barb Susan:Sue Jessica:Jess Sarah Karen
        Lisa Nancy Sandra Ashley Emily Kimberly:Kim Donna Michelle Carol Amanda:Mandy Melissa:Mel Deborah:Deb
        Stephanie:Steph Rebecca:Becky Sharon Laura Cynthia:Cindy Dorothy:Dot Amy Kathleen:Kathy Angela:Angie
        Shirley Emma Brenda Pamela:Pam Nicole:Nicky Anna Samantha:Sam Katherine:Kate Christine:Chris Helen
        Debra:Deb Rachel Carolyn Janet Maria Olivia:Liv Heather Diane Julie Joyce Victoria:Vicky Ruth
        Virginia:Ginny Lauren Kelly Christina:Tina Joan Evelyn Judith:Judy Andrea Hannah Cheryl Jacqueline:Jackie
        Martha Gloria Teresa:Terry Ann Madison:Maddie Frances:Fran Kathryn:Kathy Margaret:Peggy Grace Abigail:Abby
        Alexandra:Alex Natalie:Nat Charlotte:Lottie Theresa:Tess Danielle:Dani""",
    "de": """Anna Ursula:Uschi Monika:Moni Petra Elisabeth:Lisbeth Sabine Renate Karin Helga Brigitte:Gitte Ingrid
        Erika Andrea Gisela Claudia Susanne:Susi Gabriele:Gabi Christa Christine:Christl Hildegard:Hilde
        Angelika:Geli Katharina:Kathi Stefanie:Steffi Julia Nicole Birgit Heike Katrin Jana Jördis Käthe Annegret
        Franziska:Franzi Johanna:Hanna Magdalena:Lena Friederike:Rike Änne Dörte""",
    "fr": """Marie Nathalie Isabelle:Isa Sylvie Catherine:Cathy Françoise Valérie Christine Monique Sophie
        Sandrine Véronique:Véro Céline Chantal Stéphanie Anne Julie Aurélie Émilie:Mimi Hélène Brigitte Laurence
        Élodie Geneviève Joséphine:Jo Amélie Gaëlle Margaux Inès Zoé Noémie Léa Chloé Élisabeth:Babette""",
    "nl": """Maria:Ria Johanna:Jo Anna Cornelia:Corrie Elisabeth:Els Wilhelmina:Mien Hendrika:Riek Catharina:Toos
        Margaretha:Greet Sanne Marieke Anouk Femke Lotte Fleur Saskia Ilse Esmée Renée Noëlle Marjolein
        Jacoba:Coba Petronella:Nel Geertruida:Truus Annelies Hanneke Maaike Roos Daniëlle""",
    "es": """María Carmen:Menchu Ana Isabel:Isa Laura Dolores:Lola Pilar:Pili Teresa:Tere Francisca:Paca
        Josefa:Pepa Antonia:Toñi Cristina:Cris Marta Lucía Elena Rosario:Charo Mercedes:Merche Raquel Beatriz:Bea
        Montserrat:Montse Concepción:Concha Inés Sofía Verónica:Vero Rocío Consuelo:Chelo Begoña Inmaculada:Inma
        Ángela Belén Noelia""",
    "pl": """Anna:Ania Katarzyna:Kasia Agnieszka:Aga Małgorzata:Gosia Barbara:Basia Krystyna:Krysia Ewa
        Elżbieta:Ela Zofia:Zosia Teresa Magdalena:Magda Joanna:Asia Janina:Janka Monika Danuta:Danka
        Jadwiga:Jadzia Aleksandra:Ola Halina Irena:Renia Beata Marta Dorota Grażyna Jolanta:Jola Łucja Żaneta
        Stanisława:Stasia Bożena Wanda Urszula:Ula""",
    "jp": """Yoko=陽子 Keiko=恵子 Sachiko=幸子 Akiko=明子 Yumi=由美 Naoko=直子 Emi=恵美 Tomoko=智子 Mayumi=真由美
        Kaori=香織 Miho=美穂 Ayumi=歩 Yuka=由香 Misaki=美咲 Haruka=遥 Nanami=七海 Sakura=桜 Aoi=葵 Rin=凛
        Hina=陽菜 Mio=澪 Yui=結衣""",
}
MEN: dict[str, str] = {
    "en": """James:Jim Robert:Bob John:Jack Michael:Mike David:Dave William:Bill Richard:Rick Joseph:Joe
        Thomas:Tom Christopher:Chris Charles:Chuck Daniel:Dan Matthew:Matt Anthony:Tony Mark Donald:Don
        Steven:Steve Andrew:Andy Paul Joshua:Josh Kenneth:Ken Kevin Brian George Timothy:Tim Ronald:Ron Jason
        Edward:Ted Jeffrey:Jeff Ryan Jacob:Jake Gary Nicholas:Nick Eric Jonathan:Jon Stephen:Steve Larry Justin
        Scott Brandon Benjamin:Ben Samuel:Sam Gregory:Greg Alexander:Alex Patrick:Pat Frank Raymond:Ray Dennis
        Jerry Tyler Aaron Adam Nathan:Nate Henry:Hank Zachary:Zach Douglas:Doug Peter:Pete Kyle Walter:Walt Ethan
        Jeremy Harold:Hal Keith Christian Roger Noah Gerald:Gerry Terry Lawrence:Larry Sean Arthur:Art Albert:Al
        Theodore:Ted Leonard:Len Frederick:Fred Vincent:Vince Philip:Phil""",
    "de": """Peter Michael:Michi Thomas:Tom Andreas:Andi Wolfgang:Wolfi Klaus Jürgen Günter Stefan:Steff
        Christian:Chris Uwe Werner Horst Frank Dieter Manfred:Manni Gerhard:Gerd Hans Bernd Thorsten
        Matthias:Matze Helmut Walter Heinz Johannes:Hannes Friedrich:Fritz Maximilian:Max Sebastian:Basti
        Alexander:Alex Jörg Björn Götz Rüdiger Sönke Heinrich:Heiner Joachim:Jochen Karl-Heinz Ludwig:Lutz Jan""",
    "fr": """Jean Philippe:Phil Michel Alain Patrick Nicolas:Nico Christophe:Chris Pierre Christian Éric
        Frédéric:Fred Laurent Stéphane:Steph David Pascal Daniel:Dany Gérard Sébastien:Seb Julien Thierry Olivier
        Bruno Jérôme François Anthony Benoît Rémi Grégoire:Greg Maxime:Max Théo Léon Raphaël:Raph Loïc Jean-Luc
        Maël""",
    "nl": """Johannes:Jan Cornelis:Kees Hendrik:Henk Willem:Wim Pieter:Piet Jacobus:Jaap Gerrit:Ger Petrus:Peter
        Antonius:Ton Franciscus:Frans Adrianus:Ad Theodorus:Theo Lambertus:Bert Martinus:Martin Sander Bas Daan
        Sem Luuk Thijs Joost Ruben Jeroen Maarten Bram Niels Koen René Noël Wouter Sjoerd Tjeerd""",
    "es": """Antonio:Toño Manuel:Manolo José:Pepe Francisco:Paco David Juan:Juanito Javier:Javi Daniel:Dani
        Jesús:Chus Carlos Alejandro:Álex Miguel Rafael:Rafa Pedro:Perico Ángel Pablo Sergio Fernando:Nando Jorge
        Luis Alberto:Berto Álvaro Adrián Diego Raúl Iván Enrique:Quique Ramón:Moncho Vicente:Chente Andrés
        Joaquín:Quino Ignacio:Nacho Óscar Rubén Íñigo""",
    "pl": """Jan:Janek Andrzej:Jędrek Piotr:Piotrek Krzysztof:Krzysiek Stanisław:Staszek Tomasz:Tomek Paweł
        Józef:Józek Marcin Marek Michał Grzegorz:Grzesiek Jerzy:Jurek Tadeusz:Tadek Adam Łukasz:Łukaszek
        Zbigniew:Zbyszek Ryszard:Rysiek Dariusz:Darek Henryk Mariusz:Mariuszek Kazimierz:Kazik Wojciech:Wojtek
        Robert Mateusz:Mati Jakub:Kuba Rafał Maciej:Maciek Sławomir:Sławek Władysław:Władek Żegota
        Bartłomiej:Bartek""",
    "jp": """Hiroshi=浩 Takashi=隆 Makoto=誠 Kenji=健二 Satoshi=聡 Akira=明 Kazuo=和夫 Yuki=悠樹 Daisuke=大輔
        Kenta=健太 Shota=翔太 Ren=蓮 Haruto=陽翔 Sota=颯太 Yuto=悠斗 Takumi=拓海 Ryo=亮 Tsubasa=翼 Naoki=直樹
        Koji=浩二 Minoru=実 Osamu=修""",
}
CHINESE_SYLLABLES = """wei=伟 fang=芳 xiu=秀 ying=英 na=娜 min=敏 jing=静 li=丽 qiang=强 lei=磊 jun=军 yang=洋
    yong=勇 yan=艳 jie=杰 juan=娟 tao=涛 ming=明 chao=超 xia=霞 ping=平 gang=刚 hong=红 hua=华 jian=建 bo=博 yu=宇
    chen=晨 hao=浩 xin=欣 xuan=轩 zi=子 yi=怡 jia=佳 meng=梦 lin=琳"""
