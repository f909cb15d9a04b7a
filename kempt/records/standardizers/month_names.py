"""Names of the months, and words that stand around dates, in the languages of our users. ASCII, lower case."""

from kempt.records.standardizers.word_tables import words

_MONTHS = """
january february march april may june july august september october november december
jan feb mar apr may jun jul aug sep oct nov dec
januar februar marz april mai juni juli august september oktober november dezember
janner feber maerz apr mai jun jul aug sept okt nov dez
janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
janv fevr mars avr mai juin juil aout sept oct nov dec
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
ene feb mar abr may jun jul ago set oct nov dic
janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
jan fev mar abr mai jun jul ago set out nov dez
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
gen feb mar apr mag giu lug ago sett ott nov dic
januari februari maart april mei juni juli augustus september oktober november december
jan feb mrt apr mei jun jul aug sep okt nov dec
januari februari mars april maj juni juli augusti september oktober november december
januar februar marts april maj juni juli august september oktober november december
jan feb mars apr mai juni juli aug sep okt nov des
tammikuu helmikuu maaliskuu huhtikuu toukokuu kesakuu heinakuu elokuu syyskuu lokakuu marraskuu joulukuu
tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesakuuta
 heinakuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta
stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia
styczen luty marzec kwiecien maj czerwiec lipiec sierpien wrzesien pazdziernik listopad grudzien
ledna unora brezna dubna kvetna cervna cervence srpna zari rijna listopadu prosince
leden unor brezen duben kveten cerven cervenec srpen zari rijen listopad prosinec
januar februar marcius aprilis majus junius julius augusztus szeptember oktober november december
ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik
yanvarya fevralya marta aprelya maya iyunya iyulya avgusta sentyabrya oktyabrya noyabrya dekabrya
yanvar fevral mart aprel may iyun iyul avgust sentyabr oktyabr noyabr dekabr
yanv fevr mar apr may iyun iyul avg sent okt noyab dek
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
ianouariou fevrouariou martiou apriliou maiou iouniou iouliou avgoustou septemvriou oktovriou noemvriou dekemvriou
januari februari maret april mei juni juli agustus september oktober november desember
"""


def _by_name() -> dict[str, int]:
    """Month numbers by name. A name that means two months in two languages is left out."""
    numbers: dict[str, set[int]] = {}
    for line in _MONTHS.strip().replace("\n ", " ").splitlines():
        for number, name in enumerate(line.split(), start=1):
            numbers.setdefault(name, set()).add(number)
    return {name: number for name, (number, *others) in numbers.items() if not others}


MONTHS = _by_name()
FILLERS = words("""
of the th st nd rd de del di le la den der dem am um a at d el er of v vom dne dia g r god goda ce ad y the
mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday
mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonntag
lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miercoles jueves viernes sabado domingo
lunedi martedi mercoledi giovedi venerdi segunda terca quarta quinta sexta feira
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag mandag
tirsdag onsdag torsdag fredag lordag sondag mandag tisdag lordag
""")
