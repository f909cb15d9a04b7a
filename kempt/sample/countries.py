"""What differs by country: cultures, telephone numbers, places, streets, legal forms, job titles, brand words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """One country as the sample needs it; streets, companies and numbers are invented, cities are not."""

    code: str
    spellings: tuple[str, ...]
    cultures: dict[str, int]
    calling_code: int
    trunk: str
    area: int
    """How many digits people set apart as the area code."""
    numbers: tuple[tuple[int, int], ...]
    """Blocks of national numbers (first, how many), the ones reserved for fiction first."""
    cities: str
    """`City/Region/postal pattern`, where # is a digit; spaces inside are underscores."""
    streets: tuple[str, str, str]
    """Template with {name} and {kind}, names, kinds."""
    house_first: bool
    legal_forms: tuple[tuple[str, ...], ...]
    """Each form with the other ways it is written."""
    tax_id: str
    titles: str
    brand: tuple[str, str]
    sectors: str


_UNITED_STATES_AREAS = """201 202 206 212 213 214 215 216 303 305 310 312 313 314 315 317 323 330 336 347 352 360
    386 401 402 404 405 406 407 408 409 410 412 414 415 417 419 423 425 430 432 434 440 443 469 478 479 480 501
    502 503 504 505 507 508 509 510 512 513 515 516 517 518 520 530 540 541 559 561 562 563 570 571 573 574 580
    585 586 602 603 605 606 607 608 609 610 612 614 615 616 617 618 619 620 623 626 630 631 636 650 651 660 661
    662 702 703 704 706 707 708 712 713 714 715 716 717"""
_CANADIAN_AREAS = """204 226 236 250 306 343 403 416 418 438 450 506 514 519 579 581 587 604 613 647 705 709 778
    780 807 819 902"""


def _north_american(areas: str) -> tuple[tuple[int, int], ...]:
    """555-0100 to 555-0199 of every area code; when those run out the rest of exchange 555, which nobody is given."""
    codes = [int(area) for area in areas.split()]
    fiction = [(area * 10_000_000 + 555_0100, 100) for area in codes]
    return (*fiction, *((area * 10_000_000 + 555_2000, 8_000) for area in codes))


_ENGLISH_BRAND = (
    """Alder Amber Arrow Aspen Badger Basalt Beacon Birch Bison Bramble Canyon Cedar Cinder Cobalt Condor Copper
    Coyote Crag Drift Dusk Elk Ember Falcon Fern Flint Frost Gale Glacier Granite Harrier Hazel Heron Juniper
    Kestrel Larch Lynx Maple Marten Meadow Mesa Moss Oak Osprey Otter Pine Quarry Raven Ridge Sable Sage Slate
    Spruce Stone Summit Talon Timber Tundra Willow Wren Yarrow""",
    """bank bend bluff bound bright brook crest cross dale edge fall field ford gate glen grove haven head hold
    hollow jack lake land line mark mere mont path peak point port reach rise rock rook run shire shore side
    spring stead stone trail vale view ward watch way wild wind works""",
)
_ENGLISH_STREETS = (
    "{name} {kind}",
    """Maple Oak Cedar Elm Pine Walnut Chestnut Spruce Birch Willow Juniper Magnolia Sycamore Poplar Hickory
    Laurel Quarry Mill Orchard Meadow Harbor Lantern Saddle Copper Granite Falcon Heron Otter Badger Thistle
    Clover Bramble Foxglove Ferry Depot Foundry Cooper Miller Weaver Sawyer Tanner Beacon Summit Valley Prairie
    Canyon Ridge Bluff Creek Spring""",
    "Street Avenue Road Drive Lane Court Place Boulevard Way Terrace",
)
_ENGLISH_SECTORS = """Outfitters Logistics Foods Dynamics Media Health Energy Capital Partners Systems Analytics
    Retail Motors Textiles Robotics Builders Consulting Aerospace Plastics Timber Travel Marine Security Labs
    Design Diagnostics Farms Fitness Freight Instruments Materials Packaging Printing Properties Solar Sports
    Supply Telecom Tools Wireless"""
_ENGLISH_TITLES = """Account_Manager Sales_Manager Buyer Purchasing_Manager Operations_Manager Store_Manager
    Office_Manager Marketing_Manager Project_Manager Engineer Senior_Engineer Software_Engineer Data_Analyst
    Controller Accountant Owner Founder CEO CFO CTO COO Chief_Executive_Officer Chief_Financial_Officer VP_Sales
    Vice_President,_Sales VP_Marketing Director_of_Operations Director,_Procurement Head_of_Purchasing
    Head_of_Retail Regional_Sales_Director HR_Manager Recruiter Executive_Assistant Customer_Success_Manager
    Product_Manager Designer Consultant Warehouse_Supervisor Fleet_Manager Category_Manager Merchandiser
    Field_Technician Supply_Chain_Analyst Quality_Manager Legal_Counsel"""

UNITED_STATES = Country(
    code="US",
    spellings=("US", "USA", "United States", "U.S.A."),
    cultures={"en": 74, "es": 12, "de": 3, "fr": 3, "pl": 3, "jp": 2, "cn": 3},
    calling_code=1,
    trunk="",
    area=3,
    numbers=_north_american(_UNITED_STATES_AREAS),
    cities="""New_York/NY/100## Los_Angeles/CA/900## Chicago/IL/606## Houston/TX/770## Phoenix/AZ/850##
    Philadelphia/PA/191## San_Antonio/TX/782## San_Diego/CA/921## Dallas/TX/752## Austin/TX/787## Denver/CO/802##
    Seattle/WA/981## Portland/OR/972## Boise/ID/837## Salt_Lake_City/UT/841## Boulder/CO/803## Bend/OR/977##
    Asheville/NC/288## Burlington/VT/054## Portland/ME/041## Boston/MA/021## Minneapolis/MN/554## Duluth/MN/558##
    Madison/WI/537## Columbus/OH/432## Nashville/TN/372## Atlanta/GA/303## Miami/FL/331## Kansas_City/MO/641##
    Springfield/MO/658## Springfield/IL/627## Albuquerque/NM/871## Reno/NV/895## Spokane/WA/992##
    Missoula/MT/598## Anchorage/AK/995## St._Louis/MO/631## Buffalo/NY/142## Richmond/VA/232## Tucson/AZ/857##""",
    streets=_ENGLISH_STREETS,
    house_first=True,
    legal_forms=(
        ("Inc.", "Inc", "Incorporated", "INC.", ""),
        ("LLC", "L.L.C.", "llc", ""),
        ("Corp.", "Corporation", "Corp", ""),
        ("Co.", "Company", "Co", ""),
        ("Ltd.", "Limited", "Ltd", ""),
    ),
    tax_id="00-#######",
    titles=_ENGLISH_TITLES,
    brand=_ENGLISH_BRAND,
    sectors=_ENGLISH_SECTORS,
)
CANADA = Country(
    code="CA",
    spellings=("CA", "Canada"),
    cultures={"en": 70, "fr": 22, "cn": 8},
    calling_code=1,
    trunk="",
    area=3,
    numbers=_north_american(_CANADIAN_AREAS),
    cities="""Toronto/ON/M5V_#A# Vancouver/BC/V6B_#K# Montréal/QC/H2Y_#C# Calgary/AB/T2P_#J# Ottawa/ON/K1P_#B#
    Halifax/NS/B3J_#M# Québec/QC/G1R_#P#""",
    streets=_ENGLISH_STREETS,
    house_first=True,
    legal_forms=(("Inc.", "Inc", "Incorporated", ""), ("Ltd.", "Limited", "Ltd", ""), ("Corp.", "Corporation", "")),
    tax_id="00#######RC0001",
    titles=_ENGLISH_TITLES,
    brand=_ENGLISH_BRAND,
    sectors=_ENGLISH_SECTORS,
)
