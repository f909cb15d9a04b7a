"""The source tables of a tenant: who fills them, how full they are, and how their files look.

The other half of each of these, what its columns mean, is in sources/<tenant>/<name>.yaml.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kempt.records.model import ObjectType
from kempt.sample.draw import Whole

DAYS: tuple[str, ...] = ("2025-06-02", "2025-06-03", "2025-06-04")
SHEET_LIMIT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source table.

    `columns` maps a column of the file to one of ours; `blank` gives the share of rows that leave a value out.
    """

    name: str
    system: str
    object: ObjectType
    path: str
    share: float
    arrivals: float
    columns: Mapping[str, str]
    blank: Mapping[str, float]
    faults: tuple[str, ...]
    key: str
    stamp: Literal["iso", "hubspot", "salesforce", "sql", "sheet"]
    full_names: bool = False
    every_row: bool = True
    """Whether each day's file holds every row, or only those touched that day."""
    limit: int | None = None


_SALESFORCE_ADDRESS = {"City": "city", "State": "region", "PostalCode": "postal", "Country": "country"}

SOURCES: tuple[Source, ...] = (
    Source(
        name="hubspot_contacts",
        system="hubspot",
        object="contact",
        path="hubspot/{day}/contacts-{page}.json",
        share=0.38,
        arrivals=0.30,
        columns={
            "id": "key",
            "properties.email": "email",
            "properties.firstname": "given",
            "properties.lastname": "family",
            "properties.phone": "phone",
            "properties.jobtitle": "title",
            "properties.company": "company",
            "properties.address": "street",
            "properties.city": "city",
            "properties.state": "region",
            "properties.zip": "postal",
            "properties.country": "country",
            "properties.date_of_birth": "birth",
            "properties.hs_analytics_source": "channel",
            "properties.hs_campaign": "campaign",
            "properties.hubspot_owner_id": "owner",
            "properties.lifecyclestage": "status",
            "properties.createdate": "created",
            "properties.lastmodifieddate": "updated",
            "createdAt": "created",
            "updatedAt": "updated",
            "archived": "deleted",
        },
        blank={"email": 0.03, "phone": 0.42, "title": 0.35, "company": 0.12, "street": 0.35, "birth": 0.30},
        faults=("no_key", "bad_date", "no_identity", "same_key", "junk"),
        key="{:d}",
        stamp="hubspot",
    ),
    Source(
        name="salesforce_contacts",
        system="salesforce",
        object="contact",
        path="salesforce/{day}/Contact.csv",
        share=0.22,
        arrivals=0.0,
        columns={
            "Id": "key",
            "AccountId": "account",
            "FirstName": "given",
            "LastName": "family",
            "Email": "email",
            "Phone": "phone",
            "Title": "title",
            "Birthdate": "birth",
            "MailingStreet": "street",
            **{f"Mailing{column}": ours for column, ours in _SALESFORCE_ADDRESS.items()},
            "LeadSource": "channel",
            "OwnerId": "owner",
            "IsDeleted": "deleted",
            "CreatedDate": "created",
            "LastModifiedDate": "updated",
        },
        blank={"email": 0.10, "phone": 0.20, "title": 0.25, "street": 0.15, "birth": 0.20},
        faults=("ragged", "no_key", "bad_date", "no_identity", "same_key", "junk"),
        key="0035g{:010d}AAA",
        stamp="salesforce",
    ),
    Source(
        name="salesforce_leads",
        system="salesforce",
        object="lead",
        path="salesforce/{day}/Lead.csv",
        share=0.12,
        arrivals=0.45,
        columns={
            "Id": "key",
            "FirstName": "given",
            "LastName": "family",
            "Email": "email",
            "Phone": "phone",
            "Title": "title",
            "Company": "company",
            "Street": "street",
            **_SALESFORCE_ADDRESS,
            "LeadSource": "channel",
            "Campaign": "campaign",
            "Status": "status",
            "OwnerId": "owner",
            "IsDeleted": "deleted",
            "CreatedDate": "created",
            "LastModifiedDate": "updated",
        },
        blank={"email": 0.08, "phone": 0.35, "title": 0.30, "company": 0.06, "street": 0.45},
        faults=("ragged", "no_identity", "bad_date", "junk"),
        key="00Q5g{:010d}AAA",
        stamp="salesforce",
    ),
    Source(
        name="support_requesters",
        system="support",
        object="contact",
        path="support/{day}/tickets.jsonl",
        share=0.10,
        arrivals=0.20,
        columns={
            "id": "ticket",
            "requester.id": "key",
            "requester.name": "full",
            "requester.email": "email",
            "requester.phone": "phone",
            "organization": "company",
            "channel": "channel",
            "status": "status",
            "created_at": "updated",
        },
        blank={"email": 0.02, "phone": 0.60, "company": 0.40},
        faults=("no_key", "no_identity", "junk"),
        key="rq-{:d}",
        stamp="iso",
        full_names=True,
        every_row=False,
    ),
    Source(
        name="sales_pipeline",
        system="sales",
        object="lead",
        path="sales/{day}/pipeline.xlsx",
        share=0.03,
        arrivals=0.0,
        columns={
            "Full Name": "full",
            "Company": "company",
            "E-mail": "email",
            "Tel": "phone",
            "City": "city",
            "Notes": "notes",
            "Last touch": "updated",
        },
        blank={"phone": 0.25, "company": 0.10, "city": 0.20},
        faults=("no_key", "bad_date"),
        key="",
        stamp="sheet",
        full_names=True,
        limit=SHEET_LIMIT,
    ),
    Source(
        name="salesforce_accounts",
        system="salesforce",
        object="company",
        path="salesforce/{day}/Account.csv",
        share=0.08,
        arrivals=0.05,
        columns={
            "Id": "key",
            "Name": "company",
            "Website": "website",
            "Phone": "phone",
            "BillingStreet": "street",
            **{f"Billing{column}": ours for column, ours in _SALESFORCE_ADDRESS.items()},
            "Industry": "industry",
            "NumberOfEmployees": "employees",
            "OwnerId": "owner",
            "IsDeleted": "deleted",
            "CreatedDate": "created",
            "LastModifiedDate": "updated",
        },
        blank={"phone": 0.15, "website": 0.15, "street": 0.10, "industry": 0.20, "employees": 0.30},
        faults=("ragged", "no_key", "junk"),
        key="0015g{:010d}AAA",
        stamp="salesforce",
    ),
    Source(
        name="billing_customers",
        system="billing",
        object="company",
        path="billing/{day}.sqlite",
        share=0.07,
        arrivals=0.0,
        columns={
            "customer_no": "key",
            "company": "company",
            "contact_name": "contact",
            "email": "email",
            "phone": "phone",
            "street": "street",
            "zip": "postal",
            "city": "city",
            "country": "country",
            "vat_id": "tax_id",
            "updated_at": "updated",
        },
        blank={"phone": 0.20, "contact": 0.20, "email": 0.05, "tax_id": 0.12},
        faults=("no_key", "same_key", "bad_date"),
        key="C-{:d}",
        stamp="sql",
    ),
)
PERSON_SOURCES = np.array([at for at, source in enumerate(SOURCES) if source.object != "company"])
COMPANY_SOURCES = np.array([at for at, source in enumerate(SOURCES) if source.object == "company"])
LEADS = next(at for at, source in enumerate(SOURCES) if source.name == "salesforce_leads")
ACCOUNTS = next(at for at, source in enumerate(SOURCES) if source.name == "salesforce_accounts")


def row_counts(records: int, newcomers: int) -> Whole:
    """How many rows of each source arrive on each day: exactly `records` on the first, about `newcomers` later."""
    counts = np.zeros((len(SOURCES), len(DAYS)), dtype=np.int64)
    for at, source in enumerate(SOURCES):
        counts[at, 0] = min(round(records * source.share), source.limit or records)
        counts[at, 1:] = max(1, round(newcomers * source.arrivals)) if source.arrivals else 0
    counts[0, 0] += records - counts[:, 0].sum()
    return counts
