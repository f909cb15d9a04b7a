"""Which given name a nickname stands for, so that 'Bill' and 'William' compare as one."""

from functools import lru_cache

from nicknames import NickNamer

# The usual reading, where lists of names offer several or none; '' where no reading is usual.
_OWN = """
william: bill billy will willy willie liam wim guillaume guillermo wilhelm vilhelm willem willi guglielmo guilherme
robert: bob bobby rob robbie robby bert roberto rupert
richard: rich rick ricky dick richie ricardo riccardo
james: jim jimmy jamie jimmie
john: johnny jack jon johnnie
charles: chuck charlie chas carlos karl carl carlo charly
edward: ed eddie ted teddy ned eduardo edouard edoardo
henry: harry hank henri enrique heinrich hendrik heinz enrico henrik
thomas: tom tommy tomas tomasz tommaso toomas
michael: mike mick mickey mikey miguel michel mikhail mihail misha mischa michal mikael michele mykhailo
joseph: joe joey jose josef giuseppe jozef pepe beppe sepp jozsef josip
anthony: tony antonio anton antoine toni antonin
nicholas: nick nicky nicolas nikolaus klaus niko nikolay kolya nikos miklos niccolo mykola
daniel: dan danny
david: dave davey davide
matthew: matt matty matthias mateo matteo matthieu mateusz matias
andrew: andy drew andreas andre andres andrea andrzej andrey andrei andras ondrej
peter: pete petey pierre pedro pietro piotr pyotr petr petya pieter piet pekka
paul: paulie pablo paolo pavel pawel pal pasha
stephen: steve steven stevie stefan stephan etienne esteban stefano stepan istvan pista
christopher: chris kit christophe christoph cristobal cristoforo krzysztof kristoffer
alexander: alex alec sandy sasha sascha sacha alexandre alejandro alessandro aleksandr aleksander oleksandr sander sandro sandor xander lex shura
alexandra: alexandria sandra lexi aleksandra alessandra alejandra
samuel: sam sammy
benjamin: ben benny benji
jonathan: jonny jonathon
joshua: josh
patrick: pat paddy patricio
patricia: patty patti trish tricia pattie
kenneth: ken kenny
gregory: greg gregor gregorio grigoriy grzegorz
timothy: tim timmy
gerald: jerry gerry gerhard gerd
lawrence: larry laurence lorenzo laurent lars lorenz
frederick: fred freddy freddie fritz friedrich federico frederic fryderyk
francis: frank francisco paco pancho francesco franz francois frans ferenc frantisek franciszek
walter: walt wally
theodore: theo fyodor fedor teodoro theodor
raymond: ray raimund ramon
ronald: ron ronnie
donald: don donnie
douglas: doug
philip: phil phillip felipe philippe filippo filip philipp
geoffrey: geoff jeff jeffrey
zachary: zach zack zac
nathaniel: nate nathan nat
leonard: leo len lenny leonardo lennart
albert: bertie alberto
alfred: alfie alf fredo alfredo
george: georgie jorge georg georges giorgio yuri yuriy jurgen joerg jerzy gyorgy giorgos jiri igor
vincent: vince vinny vicente vincenzo
maximilian: max maxi maximiliano massimiliano
sebastian: seb bastian basti sebastien
louis: lou luis luigi ludwig lewis lajos
emmanuel: manuel manolo manny manu emanuel emanuele
ignatius: ignacio nacho ignaz
laszlo: laci
elizabeth: liz lizzy lizzie beth betty betsy eliza elisabeth elisabetta isabel isabella ilse lisbeth elsbeth lisl yelizaveta erzsebet elzbieta alzbeta libby lisa
margaret: maggie meg peggy peg marge margie margarita margarete marguerite margherita grete gretel greta malgorzata margit rita
katherine: kate kathy katie kathryn catherine cathy katharina katarina caterina catalina katya yekaterina ekaterina katarzyna kasia kathleen kitty kati katrin katka trine karin
mary: molly polly maria marie mariya masha maryam miriam mia moll mitzi marija marika marja
ann: anne anna annie ana anja anita anni annika hannah hanna anya anna maria nan nancy anke antje hana
jennifer: jen jenny jenn jennie
susan: sue susie suzy susanne susanna zuzana suzanne susana zsuzsanna
deborah: deb debbie debby debra
barbara: barb barbie babs barbora varvara
rebecca: becky becca bec rebekah
christina: christine tina chrissy cristina kristina kristin kirsten kerstin christiane krystyna
jessica: jess jessie
samantha: sammie
victoria: vicky vicki tori viktoria vittoria
cynthia: cindy
pamela: pam
dorothy: dot dottie dolly dorothea dorota dorotea
helen: helena elena helene nell ellie nelly yelena lena olena alena jelena ilona eleni elaine ellen
eleanor: nora elinor leonora eleonora
jacqueline: jackie jacqui
kimberly: kim kimmy
stephanie: steph stefanie stefania stephania
theresa: terry teresa tess tessa therese teresita
sarah: sally sara sadie
nicole: nikki nicki nicola nicolette
abigail: abby gail
amanda: mandy
angela: angie angelika angelina
veronica: ronnie vera veronika
virginia: ginny ginger
frances: fran francine francesca francisca frannie
judith: judy judi
josephine: josie josefa josefina giuseppina jo
joan: joanna joanne johanna juana jane jana janet janice giovanna jeanne ivana yana jeannette
juliet: julie julia giulia juliana yuliya julieta julienne
natalie: natalia natalya natasha nathalie nat natasza
tatiana: tanya tatyana tania
svetlana: sveta
olga: olya
irene: irina ira irena
ludmila: lyudmila mila lyuda
anastasia: anastasiya nastya stasia ana stasia
eugene: yevgeny evgeny eugen eugenio zhenya gene eugeniusz
vladimir: volodya vova volodymyr wladimir vlad
dmitry: dima dmitriy dmitri dmytro mitya
sergey: sergei seryozha serhiy sergio serge
alexey: aleksey aleksei alyosha alexei oleksiy alexis
boris: borya
gregor: grisha
john_ivan: ivan vanya ivo
john_juan: juan juanito
hans: johannes johann hannes jan johan joannes jens
jacob: jakob jake jacobo giacomo jacques jaime santiago diego yakov jakub jaap kuba
louise: luise luisa luiza lulu
charlotte: lottie carlotta lotte charlize
caroline: carolyn carrie carolina karoline karolina carol karolin
monica: monika monique
cornelius: kees cornelis
gerard: gerardus gert gerrit geert
rafael: rafe raphael raffaele rafa
rosemary: rosie
guadalupe: lupe lupita
concepcion: concha conchita
dolores: lola
rosario: charo
mercedes: merche
beatriz: bea beatrice beatrix beate
ines: agnes agnieszka agnese
muhammad: mohammed mohamed mohammad muhammed mehmet mohamad mohd
yusuf: youssef yousef yosef
ali: aly
hussein: huseyin husain hossein hussain
abdullah: abdallah
fatima: fatma
aisha: ayse ayesha aysha
katalin: kata
matti: matias_fi
erik: eric erich erick
magdalena: magda lena_m madeleine
"""
# Too many readings, none of them usual.
_AMBIGUOUS = frozenset("al lee jo pat_f sandy_f jan_f robin jessie_m lou_f val toni_f dana andi nicky_f manu_f lena jan andrea ana nat jackie".split())


@lru_cache(maxsize=1)
def _roots() -> dict[str, str]:
    roots: dict[str, str] = {}
    for line in _OWN.strip().splitlines():
        root, _, nicknames = line.partition(": ")
        roots[root] = root
        for nickname in nicknames.split():
            roots.setdefault(nickname, root)
    return roots
