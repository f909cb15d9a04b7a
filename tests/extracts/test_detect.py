"""An import says what each file is, what each column means and why; what it writes can be landed at once."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest

from kempt.errors import StopRun
from kempt.extracts.declare import Detection
from kempt.extracts.detect import Detected, detect, parse_maps
from kempt.extracts.synonyms import named_field
from kempt.records.mapping import load_declaration
from tests.extracts.desk import DAY, Desk


def table(header: str, *rows: str, delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([part.strip() for part in line.split("|")] for line in (header, *rows))
    return text.getvalue()


HUBSPOT = table(
    "Record ID|First Name|Last Name|Email|Phone Number|Lifecycle Stage|Contact owner|Create Date|"
    "Associated Company|Notes",
    *(
        f"{at}|Ada{at}|Example|ada{at}@example.com|+1 555 0100 {at:03}|lead|o|2024-01-{at + 13}|Widgets|n"
        for at in range(9)
    ),
)
SALESFORCE = table(
    "Id|Name|BillingStreet|BillingCity|BillingState|BillingPostalCode|BillingCountry|Website|NumberOfEmployees|Fax__c",
    *(f"001{at}|Widgets {at} Inc|1 Road|Town|CA|9000{at}|US|widgets{at}.example|{at}0|" for at in range(9)),
)
GERMAN = table(
    "Kundennummer|Anrede|Vorname|Nachname|E-Mail-Adresse|Telefon|Straße|PLZ|Ort|Land|Geburtsdatum|Firma",
    *(
        f"K{at}|Frau|Ada|Beispiel|ada{at}@example.de|030 1234{at}|Weg {at}|1011{at}|Ort|DE|{at + 13}.01.1990|Muster AG"
        for at in range(9)
    ),
    delimiter=";",
)
LEADS = table(
    "lead_id|name|mail|utm_source|utm_campaign|form_name|company",
    *(f"{at}|Ada Example|a{at}@example.com|ads|spring|demo|Widgets" for at in range(9)),
)
SHEET = table("Name|E-Mail|Mobile", *(f"Ada {at}|a@example.com|555-010{at}" for at in range(9)))
JAPANESE = table("会社名|電話番号|住所|郵便番号", "例株式会社|03-1234-5678|東京|100-0001")


def only(found: Detected) -> Detection:
    assert [str(each.reason) for each in found.left_out] == []
    (detection,) = found.found
    return detection


def detected(folder: Path, name: str, content: str | bytes, **how) -> Detected:
    path = folder / "crm_export" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return detect(path, tenant="acme", **how)


CASES = {
    "contacts.csv": (HUBSPOT, "contact", "Record ID", {
        "given_name": "First Name", "family_name": "Last Name", "email": "Email", "phone": "Phone Number",
        "company_name": "Associated Company", "owner": "Contact owner", "created_at": "Create Date",
        "source_status": "Lifecycle Stage",
    }),
    "Account.csv": (SALESFORCE, "company", "Id", {
        "company_name": "Name", "website": "Website", "street": "BillingStreet", "city": "BillingCity",
        "region": "BillingState", "postal_code": "BillingPostalCode", "country": "BillingCountry",
        "employees": "NumberOfEmployees",
    }),
    "Kunden.csv": (GERMAN.encode("cp1252"), "contact", "Kundennummer", {
        "given_name": "Vorname", "family_name": "Nachname", "email": "E-Mail-Adresse", "phone": "Telefon",
        "birth_date": "Geburtsdatum", "company_name": "Firma", "street": "Straße", "city": "Ort",
        "postal_code": "PLZ", "country": "Land",
    }),
    "leads_2024.csv": (LEADS, "lead", "lead_id", {
        "full_name": "name", "email": "mail", "company_name": "company", "campaign": "utm_campaign",
    }),
    "people.csv": (SHEET, "contact", ("Name", "E-Mail", "Mobile"), {
        "full_name": "Name", "email": "E-Mail", "phone": "Mobile",
    }),
    "export.csv": (JAPANESE, "company", ("会社名", "電話番号"), {
        "company_name": "会社名", "phone": "電話番号", "street": "住所", "postal_code": "郵便番号",
    }),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_a_file_is_and_what_its_columns_mean(tmp_path: Path, name: str):
    content, object_type, key, fields = CASES[name]

    found = only(detected(tmp_path, name, content))

    assert found.declaration.object == object_type
    assert found.declaration.key == key
    assert found.declaration.field_rules == fields
    assert all(choice.reason and 0 < choice.confidence <= 1 for choice in found.choices)
    assert {*found.unmapped}.isdisjoint(found.declaration.needed_columns)


@pytest.mark.parametrize("name", CASES)
def test_the_declaration_that_is_written_lands_the_file(tmp_path: Path, desk: Desk, name: str):
    content = CASES[name][0]
    found = only(detected(tmp_path, name, content))

    declaration = load_declaration(found.to_yaml(), "acme")
    desk.put(f"{declaration.source}/{DAY.isoformat()}/{name}", content)
    landed = desk.land(declaration)

    assert declaration == found.declaration
    assert (landed.status, landed.counts.quarantined) == ("landed", 0)
    assert landed.counts.rows in (1, 9)


def test_delimiter_encoding_and_day_order_are_written_down(tmp_path: Path):
    declaration = only(detected(tmp_path, "Kunden.csv", GERMAN.encode("cp1252"))).declaration
    assert (declaration.read.delimiter, declaration.read.encoding) == (";", "cp1252")
    assert declaration.defaults.day_order == "dmy"


LEFT_OUT = {
    "Orders.csv": ("OrderID|CustomerID|OrderDate|Freight|ShipCountry", "1|2|2024-01-01|3.5|US", "transactions"),
    "Opportunity.csv": ("id|name|amount|stage_name|close_date", "1|Deal|10|Won|2024-01-01", "transactions"),
    "CampaignMember.csv": ("id|status|contact_id|campaign_id", "1|Sent|2|3", "links between records"),
    "Relationship.csv": ("id|Type__c|Contact__c|RelatedContact__c", "1|Child|22|33", "links between records"),
    "Address.csv": ("id|MailingStreet__c|MailingCity__c|MailingCountry__c|account__c", "1|a|b|c|9", "addresses"),
    "Employees.csv": ("EmployeeID|LastName|HireDate|ReportsTo|Extension", "1|Example|2024-01-01|2|3", "a staff list"),
    "Colours.csv": ("code|shade", "1|red", "no column names a person or a company"),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_files_of_something_else_are_left_out_with_the_reason(tmp_path: Path, name: str):
    header, row, reason = LEFT_OUT[name]

    found = detected(tmp_path, name, table(header, row))

    assert not found.found
    assert reason in found.left_out[0].reason


def test_a_folder_is_read_whole_and_each_broken_file_only_costs_itself(tmp_path: Path):
    folder = tmp_path / "npsp"
    folder.mkdir()
    for group in ("big", "small"):
        (folder / f"{group}_Contact.csv").write_text(HUBSPOT)
        (folder / f"{group}_Account.csv").write_text(SALESFORCE)
    (folder / "broken.xlsx").write_bytes(b"PK\x03\x04xl/")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "page-1.json").write_text('{\n"results": [{"id": 1, "properties": {"email": "a@example.com"}}]}')
    (folder / "page-2.json").write_text('{\n"results": [{"id": 2, "properties": {"email": "b@example.com"}}]}')

    found = detect(folder, tenant="acme")

    assert [(each.declaration.source, each.declaration.system) for each in found.found] == [
        ("big_account", "npsp_big"), ("big_contact", "npsp_big"), ("page", "npsp_page"),
        ("small_account", "npsp_small"), ("small_contact", "npsp_small"),
    ]  # fmt: skip
    assert found.found[2].declaration.read.path == "page/{day}/page-*.json"
    assert sorted(each.path.name for each in found.left_out) == ["broken.xlsx", "empty.csv"]


def test_two_files_of_one_object_do_not_share_keys(tmp_path: Path):
    for name in ("Suppliers.csv", "Vendors.csv"):
        detected(tmp_path, name, SALESFORCE)

    found = detect(tmp_path / "crm_export", tenant="acme").found

    assert [each.declaration.system for each in found] == ["crm_export_suppliers", "crm_export_vendors"]
    assert all(load_declaration(each.to_yaml(), "acme") == each.declaration for each in found)


def test_a_person_overrules_what_is_seen(tmp_path: Path):
    maps = parse_maps(["email=Notes", "job_title = Lifecycle Stage"])

    found = only(detected(tmp_path, "x.csv", HUBSPOT, object_type="lead", maps=maps))

    assert found.declaration.object == "lead"
    rules = found.declaration.field_rules
    assert (rules["email"], rules["job_title"]) == ("Notes", "Lifecycle Stage")
    assert [choice.confidence for choice in found.choices if choice.field == "email"] == [1.0]
    for wrong in ({"colour": "Notes"}, {"email": "Absent"}):
        with pytest.raises(StopRun, match="--map"):
            detected(tmp_path, "x.csv", HUBSPOT, maps=wrong)
    with pytest.raises(StopRun, match="expected field=column"):
        parse_maps(["email"])


def test_values_overrule_a_header_that_lies(tmp_path: Path):
    rows = (f"{at}|Mr.|not an address|ada{at}@example.com|Example" for at in range(9))
    found = only(detected(tmp_path, "people.csv", table("id|Title|Email|Kontakt 2|Surname", *rows)))
    assert found.declaration.field_rules == {"email": "Kontakt 2", "family_name": "Surname"}
    assert "100% of its values" in found.choices[-1].reason


def test_a_second_telephone_number_is_no_key(tmp_path: Path):
    rows = (f"55501{at:02}|55502{at:02}|C{at}|Ada {at}" for at in range(9))
    found = only(detected(tmp_path, "people.csv", table("Phone|Mobile Number|CustomerID|Name", *rows)))
    assert found.declaration.key == "CustomerID"


def test_two_address_lines_become_one_street(tmp_path: Path):
    rows = (f"{at}|Ada|a{at}@example.com|1 Road|Flat 2" for at in range(9))
    found = only(detected(tmp_path, "people.csv", table("id|Name|Email|Address 1|Address 2", *rows)))
    assert found.declaration.field_rules["street"] == {"join": ["Address 1", "Address 2"], "with": ", "}


def test_a_companys_contact_persons_and_households_are_pointed_out(tmp_path: Path):
    rows = (f"{at}|Example {at} Household|Ada Example" for at in range(9))
    found = only(detected(tmp_path, "customers.csv", table("CustomerID|CompanyName|ContactName", *rows)))
    assert found.declaration.object == "company"
    assert any("names a person" in warning for warning in found.warnings)
    assert any("households" in warning for warning in found.warnings)


def test_a_workbook_is_detected_too(tmp_path: Path):
    book = openpyxl.Workbook()
    for row in (("My contacts",), ("ID", "First name", "Surname", "E-mail"), (1, "Ada", "Example", "a@example.com")):
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)

    found = only(detected(tmp_path, "contacts.xlsx", content.getvalue()))

    assert found.declaration.read.format == "xlsx"
    assert found.declaration.field_rules == {"given_name": "First name", "family_name": "Surname", "email": "E-mail"}


def test_no_value_of_a_row_is_in_what_a_detection_says(tmp_path: Path):
    found = only(detected(tmp_path, "Kunden.csv", GERMAN))
    said = repr(found) + found.to_yaml() + " ".join(found.warnings)
    assert "Beispiel" not in said
    assert "example.de" not in said


def test_a_path_that_is_absent_is_told(tmp_path: Path):
    with pytest.raises(StopRun, match="does not exist"):
        detect(tmp_path / "absent.csv", tenant="acme")


@pytest.mark.parametrize(("header", "field"), [
    ("FirstName", "given_name"), ("npsp__First_Name__c", "given_name"), ("PRÉNOM", "given_name"), ("名", "given_name"),
    ("properties.email", "email"), ("Work E-Mail", "email"), ("MailingPostalCode", "postal_code"),
    ("ZIP", "postal_code"), ("メールアドレス", "email"), ("전화번호", "phone"), ("Телефон", "phone"), ("Fax", None),
    ("Other Phone", None), ("Shipping Street", None), ("", None), ("???", None),
])  # fmt: skip
def test_headers_of_many_products_and_languages_are_known(header: str, field: str | None):
    found = named_field(header, "person")
    assert (found[0] if found else None) == field
