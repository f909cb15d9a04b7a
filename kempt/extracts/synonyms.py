"""What CRMs call their columns: header names of many products and languages, by canonical field.

Names are compared squeezed: no case, accents, spaces or punctuation. The order is the preference when two columns fit.
"""

import re
import unicodedata
from functools import cache

from kempt.records.model import EntityType

_SHARED = {
    "email": (
        "email emailaddress mail emailaddress1 email1 primaryemail workemail businessemail emailwork companyemail "
        "correo correoelectronico courriel adressemail adresseemail emailadresse mailadresse epost epostadress "
        "sahkoposti adresemail eposta emailid emails 电子邮件 邮箱 メール メールアドレス 이메일 элпочта почта "
        "электроннаяпочта"
    ),
    "phone": (
        "phone phonenumber telephone tel workphone businessphone phonework officephone mainphone primaryphone "
        "telephonenumber mobilephone mobile cellphone cell mobilenumber phone1 telephone1 homephone telefon "
        "telefonnummer telefonnr rufnummer handy mobil telefono movil celular telephonefixe portable telefone "
        "telefoon puhelin numertelefonu 电话 手机 電話 電話番号 전화 전화번호 телефон"
    ),
    "website": (
        "website websiteurl url web homepage domain companydomainname companydomain webpage webaddress "
        "websiteaddress internet webseite sitioweb siteweb sitointernet sito webbplats strona 网站 ウェブサイト "
        "сайт"
    ),
    "street": (
        "street mailingstreet billingstreet streetaddress address address1 addressline1 street1 mailingaddress "
        "billingaddress addr businessstreet primaryaddressstreet address1line1 strasse anschrift adresse calle "
        "direccion rue indirizzo via straat adres endereco gata osoite ulica 地址 住所 주소 адрес"
    ),
    "street_2": ("street2 address2 addressline2 address1line2 suite unit apartment adresszusatz complement"),
    "city": (
        "city town mailingcity billingcity address1city businesscity primaryaddresscity locality ort stadt ville "
        "ciudad citta plaats stad cidade miasto kaupunki 城市 市区町村 도시 город"
    ),
    "region": (
        "state region province stateregion stateprovince mailingstate billingstate mailingstateprovince county "
        "address1stateorprovince businessstate bundesland kanton departement provincia estado regione provincie 省 "
        "都道府県 область"
    ),
    "postal_code": (
        "postalcode zip zipcode postcode mailingpostalcode billingpostalcode mailingzippostalcode postal "
        "billingzippostalcode address1postalcode businesspostalcode plz postleitzahl codepostal codigopostal cap "
        "cep kodpocztowy postnummer postnr 邮编 郵便番号 우편번호 индекс"
    ),
    "country": (
        "country countryregion mailingcountry billingcountry countrycode address1country nation land pays pais "
        "paese kraj maa 国家 国 국가 страна"
    ),
    "owner": (
        "owner ownername ownerid contactowner accountowner companyowner leadowner hubspotownerid hubspotowner "
        "assignedto assigneduser accountmanager salesrep salesperson besitzer zustandig betreuer proprietaire "
        "propietario"
    ),
    "created_at": (
        "createdat createddate createdon created createdate datecreated dateadded addedon creationdate createtime "
        "createdtime submittedat erstelltam erstellt angelegtam datecreation fechacreacion 创建时间 作成日"
    ),
    "updated_at": (
        "updatedat lastmodifieddate lastmodified modifiedon modifieddate modified updated updatedon dateupdated "
        "datemodified lastupdated lastmodifieddatetime hslastmodifieddate lastchanged systemmodstamp modifiedtime "
        "geandertam aktualisiertam datemodification fechamodificacion 更新日"
    ),
    "source_status": (
        "status contactstatus accountstatus leadstatus lifecyclestage stage customerstatus hsleadstatus estado"
    ),
}
_PERSON = {
    "full_name": (
        "fullname name contactname personname displayname contact leadname contactfullname naam vollername "
        "vollstandigername nombrecompleto nomcomplet nombre nome nomecompleto namn nimi imieinazwisko 姓名 氏名 "
        "名前 이름 имя фио"
    ),
    "given_name": (
        "firstname givenname forename fname first vorname prenom nombres primernombre nomepersona voornaam fornamn "
        "etunimi imie 名 이름명 firstnames"
    ),
    "family_name": (
        "lastname surname familyname lname last nachname familienname nomdefamille nom apellido apellidos cognome "
        "achternaam sobrenome efternamn sukunimi nazwisko 姓 фамилия"
    ),
    "job_title": (
        "jobtitle title position role contacttitle designation function berufsbezeichnung positiontitle funktion "
        "stelle fonction poste cargo puesto qualifica functie befattning stanowisko 职位 役職 직책 должность"
    ),
    "birth_date": (
        "birthdate dateofbirth dob birthday birthdatec geburtsdatum geburtstag datedenaissance fechadenacimiento "
        "datadinascita 生日 生年月日 датарождения"
    ),
    "company_name": (
        "company companyname account accountname organization organisation organizationname organisationname "
        "employer associatedcompany business businessname companyaccount firma firmenname unternehmen entreprise "
        "societe empresa azienda bedrijf bedrijfsnaam foretag yritys 公司 会社 会社名 회사 компания"
    ),
    "company_key": (
        "accountid companyid organizationid organisationid associatedcompanyid primarycompanyid "
        "associatedcompanyids firmenid orgid"
    ),
    "channel": (
        "channel leadsource source originalsource hsanalyticssource utmmedium leadchannel acquisitionchannel medium "
        "herkunft quelle origen canal"
    ),
    "campaign": ("campaign campaignname utmcampaign leadcampaign campaignsource kampagne campagne campana"),
}
_COMPANY = {
    "company_name": (
        "companyname accountname name company organizationname organisationname organization organisation account "
        "businessname legalname suppliername vendorname customername clientname tradingname firmenname firma "
        "unternehmen raisonsociale entreprise societe nomdelentreprise razonsocial empresa ragionesociale azienda "
        "bedrijfsnaam bedrijf foretag yritys nazwafirmy 公司名称 公司 会社名 会社 회사명 компания"
    ),
    "registry_id": (
        "vatid vatnumber vat taxid taxnumber ein registrationnumber companynumber registryid lei duns dunsnumber "
        "ustid ustidnr handelsregister hrb siren siret nif cif cnpj partitaiva kvk kvknummer orgnr "
        "organisationsnummer abn"
    ),
    "industry": ("industry sector branche vertical industrytype secteur settore bransch 行业 業種 업종 отрасль"),
    "employees": (
        "employees numberofemployees employeecount noofemployees headcount companysize mitarbeiter mitarbeiterzahl "
        "effectif numerodeempleados dipendenti 员工人数 従業員数"
    ),
}
# A word before the name proper that leaves its meaning as it is.
_QUALIFIERS = (
    "primary", "mailing", "billing", "business", "work", "office", "main", "contact", "company", "account", "customer",
    "client", "person", "lead", "organization", "supplier", "vendor", "home", "properties", "headquarters", "hq",
)  # fmt: skip
# Words that make a column something else, whatever follows.
_OTHERS = (
    "other", "shipping", "ship", "fax", "secondary", "alternate", "assistant", "spouse", "manager", "emergency",
    "parent", "related",
)  # fmt: skip


@cache
def words(name: str) -> tuple[str, ...]:
    """A header as lower-case words: FirstName, first_name and npsp__First_Name__c give the same."""
    last = re.sub(r"__[a-z]$", "", name.rsplit(".", 1)[-1].strip(), flags=re.IGNORECASE)
    last = re.sub(r"^[A-Za-z0-9]+__(?=.)", "", last)
    last = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", last)
    return tuple(re.findall(r"[^\W_]+", _folded(last)))


def _folded(text: str) -> str:
    """Without case and accents; what else Unicode takes apart is put together again."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(char for char in parts if not unicodedata.combining(char)))


@cache
def field_names(entity: EntityType) -> dict[str, tuple[str, ...]]:
    """Squeezed header names by field, the preferred ones first; street_2 is the second line of street."""
    table = {**_SHARED, **(_PERSON if entity == "person" else _COMPANY)}
    return {field: tuple(map(_folded, names.split())) for field, names in table.items()}


def named_field(name: str, entity: EntityType) -> tuple[str, float, str] | None:
    """The field that a header names, how sure that is, and why."""
    parts = words(name)
    if not parts or parts[0] in _OTHERS or parts[-1] == "fax":
        return None
    squeezed = _squeezed(parts)
    for field, names in field_names(entity).items():
        if squeezed in names:
            return field, 0.95 - min(names.index(squeezed), 30) * 0.005, "the header is a known name of this field"
    while len(parts) > 1 and parts[0] in _QUALIFIERS:
        parts = parts[1:]
        for field, names in field_names(entity).items():
            if _squeezed(parts) in names:
                return field, 0.75 - min(names.index(_squeezed(parts)), 30) * 0.005, "the header ends in a known name"
    return None


def _squeezed(parts: tuple[str, ...]) -> str:
    return "".join(parts)
