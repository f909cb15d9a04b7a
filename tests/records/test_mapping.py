"""Source declarations: what is wrong is told with its line; what is right reads rows."""

from pathlib import Path

import pytest

from kempt.errors import StopRun
from kempt.records.mapping import load_declaration, load_declarations

GOOD = """\
source: hubspot_contacts
system: hubspot
object: contact
why: Marketing contacts, nightly page dump.
read:
  kind: file
  path: hubspot/{day}/contacts-*.json
  format: json_pages
  records: results
key: id
mode: snapshot
deleted: {column: archived, values: ["true"]}
defaults: {country: US, day_order: mdy}
mapping:
  version: 1
  fields:
    email: properties.email
    full_name: {join: [First, Last], with: " "}
    channel: {const: marketing}
trust: 60
"""
SQL_READ = "read: {kind: sql, url: 'sqlite:///{drop}/crm.db', table: contacts}\n"


def edited(before: str, after: str) -> str:
    assert before in GOOD
    return GOOD.replace(before, after)


def test_a_declaration_says_which_columns_it_needs_and_which_it_maps():
    declaration = load_declaration(GOOD, "acme")

    assert declaration.mapped_columns == ("First", "Last", "properties.email")
    assert declaration.needed_columns == ("First", "Last", "archived", "id", "properties.email")
    assert declaration.key_columns == ("id",)
    assert declaration.trust == 60
    assert declaration.tenant == "acme"


def test_rows_become_canonical_fields_and_empty_values_are_left_out():
    declaration = load_declaration(GOOD, "acme")

    row = declaration.canonical({"First": "Ada", "Last": "", "properties.email": "", "Fax": "1"})

    assert row == {"full_name": "Ada", "channel": "marketing"}


def test_the_rules_as_plain_values_are_what_the_file_says():
    assert load_declaration(GOOD, "acme").field_rules == {
        "email": "properties.email",
        "full_name": {"join": ["First", "Last"], "with": " "},
        "channel": {"const": "marketing"},
    }


def test_the_mapping_version_follows_the_meaning_and_not_the_wording():
    version = load_declaration(GOOD, "acme").mapping_version

    same = load_declaration(edited("nightly page dump", "every night"), "acme")
    other = load_declaration(edited("country: US", "country: DE"), "acme")

    assert same.mapping_version == version != other.mapping_version
    assert same.reading_version == other.reading_version
    assert load_declaration(edited("key: id", "key: [id]"), "acme").reading_version != same.reading_version


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("trust: 60", "trust: 101", "d.yaml:20: trust:"),
        ("trust: 60", "colour: red", "d.yaml:20: unknown key 'colour'."),
        ("trust: 60", "tenant: other", "d.yaml:20: unknown key 'tenant'."),
        ("    email:", "    emial:", "d.yaml:17: a contact has no field 'emial'. Choose one of"),
        ("object: contact", "object: company", "d.yaml:18: a company has no field 'full_name'."),
        ("object: contact", "object: order", "d.yaml:3: object:"),
        ("{const: marketing}", "{const: marketing, of: x}", "d.yaml:19: unknown key 'mapping.fields.channel.of'."),
        ("{const: marketing}", "{const: 3}", "d.yaml:19: mapping.fields.channel.const:"),
        ("{const: marketing}", "7", "d.yaml:19: mapping.fields.channel: expected a column name"),
        ("hubspot/{day}", "../{day}", "d.yaml:7: read.path: expected a path below the drop folder"),
        ("hubspot/{day}", "/etc/{day}", "d.yaml:7: read.path:"),
        ("hubspot/{day}", "hubspot/{month}", "d.yaml:7: read.path: {day} is the only placeholder"),
        ("  records: results", "  sheet: People", "d.yaml:9: sheet means nothing for json_pages"),
        ("  records: results", "  encoding: base64", "d.yaml:9: read.encoding: expected the name of a text encoding"),
        ("source: hubspot_contacts", "source: Hub Spot", "d.yaml:1: source:"),
        ("country: US", "country: usa", "d.yaml:13: defaults.country:"),
        ("key: id", "key: [id, id]", "d.yaml:10: a column is named twice"),
        ("key: id\n", "", "d.yaml:1: key is missing"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(before: str, after: str, expected: str):
    with pytest.raises(StopRun) as refused:
        load_declaration(edited(before, after), "acme", name="d.yaml")
    assert str(refused.value).startswith(expected)


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("read: {kind: sql, url: 'sqlite://'}", "name either a table or a query"),
        ("read: {kind: sql, url: 'sqlite://', table: a, query: select 1}", "name either a table or a query"),
        ("read: {kind: sql, url: 'sqlite://', table: a, watermark: changed}", "a snapshot reads every row"),
        ("read: {kind: sql, url: 'sqlite://', table: a, page_size: 0}", "page_size"),
        ("read: {kind: ftp, url: 'x'}", "kind"),
    ],
)
def test_what_is_wrong_with_a_database_is_told(read: str, expected: str):
    start, end = GOOD.index("read:"), GOOD.index("key: id")
    with pytest.raises(StopRun, match=expected):
        load_declaration(GOOD[:start] + read + "\n" + GOOD[end:], "acme")


def test_a_database_address_does_not_print():
    start, end = GOOD.index("read:"), GOOD.index("key: id")
    declaration = load_declaration(GOOD[:start] + SQL_READ + GOOD[end:], "acme")
    assert "crm.db" not in repr(declaration)


def test_declarations_are_found_in_every_folder_and_sorted_by_name(tmp_path: Path):
    for folder, name in (("a", "zeta"), ("b", "alpha")):
        path = tmp_path / folder / "acme" / f"{name}.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(edited("hubspot_contacts", name))
    (tmp_path / "a" / "other").mkdir()
    (tmp_path / "a" / "other" / "x.yaml").write_text("not: read")

    found = load_declarations([tmp_path / "a", tmp_path / "b", tmp_path / "absent"], "acme")

    assert [declaration.source for declaration in found] == ["alpha", "zeta"]


def test_a_source_declared_twice_is_refused_with_both_files(tmp_path: Path):
    (tmp_path / "acme").mkdir()
    for name in ("one", "two"):
        (tmp_path / "acme" / f"{name}.yaml").write_text(GOOD)
    with pytest.raises(StopRun, match=r"two\.yaml:1: source 'hubspot_contacts' is already declared in .*one\.yaml"):
        load_declarations([tmp_path], "acme")


@pytest.mark.parametrize("tenant", ["../acme", "", "ACME", "a/b"])
def test_a_tenant_that_is_no_folder_name_is_refused(tmp_path: Path, tenant: str):
    with pytest.raises(StopRun, match="expected lower-case letters"):
        load_declarations([tmp_path], tenant)
