"""Words of personal names by what they do: titles, particles, common given names and surnames. ASCII, lower case.

The name lists are no dictionaries: they hold what is common enough to settle the order of a name.
"""

from kempt.records.standardizers.scripts import letters_key
from kempt.records.standardizers.word_tables import entries, words

HONORIFICS = words("""
mr mrs ms miss mx mstr master dr drs dra prof professor professeur doctor doktor sir dame lord lady rev reverend
father sister brother rabbi honorable
judge capt captain colonel general lt lieutenant major sgt sergeant cmdr admiral
herr herrn frau fraulein fraeulein dipling dipl ingenieur magister monsieur madame mademoiselle mme mmes mlle
messieurs maitre docteur
senor senora senorita srta doctora licenciado ingeniera signor signora signorina sigra dott dottssa dottor
dottoressa avv
senhor senhora exmo exma doutor doutora mevrouw mevr meneer dhr heer herra rouva fru froken
gospodin gospozha gospodja gospodar gn gzha mgr mudr judr phdr rndr paeddr inz shri smt kumari datuk dato hajj hajja
sheikh shaikh ustad sayin
""")
# Titles only when written with a dot, or where their language is spoken: elsewhere they are names or initials.
DOTTED_HONORIFICS = words("fr ing mag ir sr sra hr hon gen col lic arq rag geom sig bc med mw")
LOCAL_HONORIFICS = {
    title: words(countries)
    for title, countries in entries("""
bapak: ID
bay: TR
bayan: TR
don: ES MX AR CL CO PE IT
dona: ES MX PT BR
fr: DE AT
hr: DE AT DK NO
ibu: ID
ing: AT CZ SK IT MX
ir: NL BE ID
khun: TH
m: FR BE CH LU MC
mag: AT
pan: CZ PL SK
pani: CZ PL SK
sr: ES MX AR CL CO PE PT BR
sra: ES MX AR CL CO PE PT BR
""").items()
}
# After the name, glued to it in East Asia.
HONORIFIC_ENDINGS = ("さん", "様", "さま", "氏", "先生", "殿", "小姐", "女士", "님", "씨")
LAST_HONORIFICS = frozenset(("hanim", "bey", "san", "sama", "ssi", "nim", "ji"))

CREDENTIALS = words("""
phd dphil md mba cpa esq esquire dds dmd dvm dpt pharmd edd jd llm llb cfa cfp pmp cissp rn frcs frcp obe mbe dbe cbe
kbe kcmg qc kc faan mph msc bsc meng
beng peng ceng ma ba ms bs mphil pgce cpcu clu chfc sphr phr ccim csm pe aia aca acca fca fcca mrics frics mice lmft
lcsw lpc pt do od ret usn usmc usaf
dipling diplkfm diplinf diplpsych diplvw drhc csc drsc
""")
# Also names or initials: credentials only after a comma, with dots, or in capitals behind a name that has lower case.
DOUBTFUL_CREDENTIALS = words("ma ba ms bs do od pt pe qc kc ret rn jd mice csm clu aca phr sphr")

SUFFIXES = entries("""
jr: Jr
jnr: Jr
jun: Jr
junior: Jr
sr: Sr
snr: Sr
sen: Sr
senior: Sr
ii: II
iii: III
iv: IV
nd: II
rd: III
th: IV
""")

PARTICLES = words("""
van von vom zu zum zur der den dem het 't ten ter te de del della dello degli dei delle di da dal dalla das do dos
du des la le las los lo af av
al el ul bin ibn bint binti binte st. saint y op in't o' mac mc ap ab ferch nic ni ua ez tot under over auf zer aan
bij
""")
# Written small they are particles; with a capital they are as often given or middle names.
SMALL_PARTICLES = words("ben e und le la do da du ter ten te lo ap ab ua ni nic over under in op den y o'")
# Kept small when the case of a whole name is repaired; Italian writes all of them with a capital.
LOWERED_PARTICLES = words("""
van von vom zu zum zur der den de del da das dos do ter ten te 't y e bin ibn bint binti af av und op het in auf dem
""")
# After 'Mac' comes a capital in these; 'Mack', 'Macey' and 'Machado' have none.
MAC_NAMES = words("""
alister allister andrew arthur aulay bean beth bride callum cormack donald donell donnell dougall dowell duff
eachern ewan ewen farland farlane fie gill
gillivray gowan gregor innes innis intosh intyre kay keith kenna kenzie kinley kinnon kintosh lachlan laren laughlin
lean leish lellan lennan leod martin
master michael millan mullen nab namara naughton neil neill nicol nish phail phee pherson quarrie queen rae ritchie
sween sweeney tavish vicar
""")

_GIVEN = """
james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony donald
steven paul andrew joshua kenneth kevin
brian george edward ronald timothy jason jeffrey jacob gary nicholas eric jonathan stephen larry justin benjamin
samuel gregory frank patrick raymond jack
dennis peter adam zachary henry nathan douglas oliver harry simon martin philip ian mark susan karen nancy betty
margaret sandra ashley kimberly emily donna
michelle carol amanda melissa deborah stephanie rebecca laura sharon cynthia kathleen amy angela shirley anna brenda
pamela emma nicole helen samantha
katherine christine rachel carolyn janet catherine heather diane ruth julie olivia joyce victoria kelly lauren
christina joan evelyn judith megan mary patricia
jennifer linda elizabeth barbara jessica sarah lisa alice sophie charlotte lucy hannah bob bill mike tom jim joe
dave steve
hans jurgen wolfgang klaus uwe dieter gunter horst manfred heinz helmut gerhard rainer bernd stefan andreas thorsten
torsten matthias sebastian florian
ursula monika petra sabine renate birgit ute heike claudia katrin silke anja ingrid erika gisela jutta brigitte
greta lena lukas felix jonas maximilian
jean pierre michel philippe alain jacques francois nicolas christophe julien sylvie isabelle nathalie valerie
chantal sandrine celine aurelie camille
jose juan carlos luis javier miguel antonio francisco manuel pedro jesus alejandro fernando pablo sergio jorge raul
ramon enrique alfonso maria carmen ana
josefa isabel dolores pilar teresa lucia elena cristina mercedes rosario concepcion guadalupe rocio ines
joao paulo ricardo tiago rui nuno fatima beatriz mariana catarina leticia fernanda juliana gabriela marcelo rodrigo
thiago eduardo gustavo
mario giuseppe giovanni luigi marco alessandro francesco giorgio stefano roberto paolo andrea giulia chiara
francesca sara martina paola
jan pieter johannes cornelis hendrik willem gerrit kees sander bram daan anneke marieke saskia femke sanne lotte
wouter joost
lars anders erik johan karl per nils ola kari ingrid astrid birgitta kerstin marie inger anne hanne mette soren jens
niels matti jukka timo mikko pekka anneli
piotr krzysztof andrzej tomasz pawel marcin grzegorz agnieszka malgorzata katarzyna ewa joanna jadwiga zofia
ivan petr pavel jiri josef vaclav tomas milan jana eva hana lenka katerina istvan laszlo jozsef zoltan sandor gabor
ferenc attila balazs katalin ilona
zsuzsanna agnes eszter janos bela gyula tibor imre
aleksandr sergey dmitriy dmitry aleksey andrey vladimir igor oleg nikolay mikhail yevgeny olga tatyana yelena
natalya irina svetlana galina yuliya
lyudmila mariya ekaterina anastasiya yekaterina elena boris yuri viktor vasiliy roman oksana
mehmet mustafa ahmet ali hasan huseyin ibrahim osman yusuf fatma ayse emine hatice zeynep elif murat emre
mohammed muhammad mohamed ahmed omar khaled hassan fatima aisha maryam khadija
priya rahul amit anil sunil sanjay rajesh deepak sunita anita pooja
hiroshi takashi kenji satoshi akira yuki haruka yoko keiko taro hanako ichiro jiro
yiannis giorgos dimitris nikos kostas eleni
"""
GIVEN_NAMES = frozenset(letters_key(name) for name in _GIVEN.split())
# Russian and Hungarian write the family name first or last; the given name tells which.
SECOND_GIVEN_NAMES = words("""
maria jose luis carlos antonio jesus juan manuel miguel angel francisco javier pablo alberto eduardo andres fernando
enrique ramon alejandro isabel
teresa carmen pilar dolores elena cristina lucia victoria beatriz rosa luz mar paz eugenia luisa fernanda alejandra
guadalupe josefa ines paula paulo
pedro joao marcos roberto felipe rafael gabriel augusto henrique clara helena sofia
""")
SURNAMES = words("""
smith johnson williams brown jones miller davis wilson anderson taylor moore jackson white harris thompson robinson
clark walker wright hill green baker
nelson carter mitchell roberts phillips campbell evans edwards collins stewart morris murphy cook rogers reed cooper
richardson wood watson brooks hughes
muller schmidt schneider fischer weber meyer wagner becker schulz hoffmann schafer koch bauer richter klein schroder
neumann schwarz zimmermann braun kruger
hofmann hartmann lange krause lehmann mustermann
dupont durand dubois lefebvre leroy moreau fournier girard bonnet dupuis lambert rousseau blanc
garcia rodriguez gonzalez fernandez lopez martinez sanchez perez gomez hernandez diaz munoz alvarez romero gutierrez
ruiz jimenez moreno dominguez torres
ramirez vazquez castillo ortega ramos
silva santos ferreira pereira oliveira costa rodrigues martins sousa fernandes goncalves gomes lopes almeida ribeiro
carvalho souza lima
rossi russo ferrari esposito bianchi romano colombo ricci marino greco conti mancini
visser bakker smit meijer mulder bos vos hendriks dekker dijkstra jansen
andersson johansson karlsson nilsson eriksson larsson olsson persson svensson hansen olsen jensen nielsen pedersen
christensen korhonen virtanen nordmann
kowalski nowak wisniewski wojcik kowalczyk kaminski lewandowski zielinski kowalska novak novotny svoboda dvorak
cerny nagy kovacs toth szabo horvath
ivanov petrov sidorov smirnov kuznetsov popov vasilev sokolov ivanova petrova smirnova kuznetsova popova
yilmaz kaya demir celik sahin yildiz ozturk kumar sharma singh patel gupta
tanaka suzuki sato takahashi watanabe yamamoto nakamura kobayashi yamada
nguyen tran pham huynh hoang
""")
# Romanised names of China, Korea and Vietnam with the family name first.
_CHINESE = words("""
wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie song tang deng feng
han cao zeng peng xiao cai pan tian dong yuan yu jiang du ye cheng wei su lu ding ren shen yao fan fang shi tan liao zou
xiong jin hao kong bai cui kang mao qiu qin gu hou shao meng long wan duan qian yin ouyang sima zhuge shangguan
""")
_CANTONESE = words("chan wong cheung leung ng lau chow tsai hsu lai chang chou tseng hsieh")
_KOREAN = words("""
kim lee park choi jung jeong kang cho jo yoon jang lim im han
oh seo shin kwon hwang ahn an song ryu yoo hong jeon ko moon
""")
_VIETNAMESE = words("""
nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh doan trinh truong lam mai cao
""")
# Names of these countries in Latin letters often keep the family name first.
FAMILY_FIRST_SURNAMES = {"CN": _CHINESE, "KR": _KOREAN, "VN": _VIETNAMESE} | dict.fromkeys(
    ("TW", "HK", "SG", "MO"), _CHINESE | _CANTONESE
)

CHINESE_DOUBLE = words(
    "欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 司徒 东方 東方 皇甫 尉迟 公孙 公孫 慕容 令狐 夏侯 轩辕 宇文 长孙 長孫 端木"
)
CHINESE_SINGLE = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖萧蕭"
    "田董潘袁于余蒋蔣蔡贾賈丁魏薛叶葉阎閻杜夏钟鍾汪任姜范方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史顾顧侯邵孟"
    "龙龍万萬段雷钱錢汤湯尹黎易常武乔喬贺賀赖賴龚龔文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍"
)
JAPANESE = words("""
佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 渡部 山本 中村 小林 加藤 吉田 山田 山口
松本 井上 木村 斎藤 斉藤 清水 山崎 池田 橋本 阿部 石川 山下 中島 石井 小川
前田 岡田 藤田 後藤 長谷川 村上 近藤 石田 坂本 遠藤 青木 藤井 西村 福田 太田
三浦 岡本 松田 中川 中野 原田 小野 田村 竹内 金子 和田 中山 石原 上田 森田
柴田 酒井 工藤 横山 宮崎 宮本 内田 高木 安藤 谷口 大野 丸山 今井 高田 藤本
武田 村田 上野 杉山 増田 平野 菅原 大塚 小島 千葉 久保 松井 岩崎 桜井 野口
松尾 野村 木下 菊地 佐々木 佐野 大西 杉本 新井 浜田 市川 古川 水野 小松 島田 小山 五十嵐 望月 大橋 川口 本田 吉川
""")
JAPANESE_SINGLE = frozenset("林森原東南北西関堀岡沢谷星")
KOREAN_DOUBLE = words("남궁 황보 제갈 선우 독고 사공 서문")
CYRILLIC_PATRONYMIC = ("ович", "евич", "йович", "овна", "евна", "ична", "івна", "ївна")
LATIN_PATRONYMIC = ("ovich", "evich", "ovna", "evna", "ichna", "yevna", "yovych", "ivna", "ovych")
