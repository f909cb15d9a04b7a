"""What the values of a column look like, as shares; no value leaves this module."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_SHAPES = {
    "email": re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]{2,}"),
    "phone": re.compile(r"\+?\(?\d[\d\s().\-/]{4,24}\d(\s*(x|ext\.?)\s*\d+)?", re.IGNORECASE),
    "url": re.compile(r"(https?://|www\.)\S+|([a-z0-9-]+\.)+[a-z]{2,}(/\S*)?", re.IGNORECASE),
    "date": re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|\d{10}(\d{3})?"),
    "number": re.compile(r"[-+]?[\d.,]+"),
    "person": re.compile(r"(?:[^\W\d_][^\W\d_'’.\-]*[.'’\-]?[^\W\d_]*\s+){1,3}[^\W\d_][\w'’.\-]*"),
    "company": re.compile(
        r".*\b(inc|llc|ltd|limited|corp|co|gmbh|ag|kg|sarl|sa|sas|srl|spa|bv|nv|ab|oy|as|plc|pty|group|company|bank)\b\.?",
        re.IGNORECASE,
    ),
    "household": re.compile(r".*\b(household|family|familie|famille|familia)\b.*", re.IGNORECASE),
    "honorific": re.compile(r"(mrs?|ms|miss|mx|dr|prof|herr|frau|mme|m|mlle|sra?|sig|sir|rev|hon)\.?", re.IGNORECASE),
}
# The shape that most values of a field have.
SHAPE_OF = {"email": "email", "phone": "phone", "created_at": "date", "updated_at": "date", "birth_date": "date"}
_BELIEVED = 0.3
_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{2,4}\b")
_SAMPLE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column: how full, whether its values tell rows apart, and which share looks like what."""

    name: str
    rows: int
    filled: int
    unique: bool
    shares: Mapping[str, float]

    @property
    def identifying(self) -> bool:
        """Whether every row has a value of its own."""
        return self.rows > 0 and self.filled == self.rows and self.unique

    def may_be(self, field: str) -> bool:
        """Whether the values keep what a header promises; a few values prove nothing."""
        if field == "job_title" and self.looks("honorific") > 0.5:
            return False
        if field in SHAPE_OF:
            return self.filled < 5 or self.looks(SHAPE_OF[field]) >= _BELIEVED
        return not (field.endswith("_name") and self.filled and self.looks("number") > 0.5)

    def looks(self, shape: str) -> float:
        """The share of filled cells with a shape."""
        return self.shares.get(shape, 0.0)


def profile(name: str, values: Sequence[str]) -> ColumnProfile:
    """The profile of a column's cells."""
    filled = [text for value in values if (text := value.strip())]
    sample = filled[:_SAMPLE]
    shares = {
        shape: sum(pattern.fullmatch(text[:200]) is not None for text in sample) / len(sample)
        for shape, pattern in _SHAPES.items()
        if sample
    }
    unique = len({*filled}) == len(filled)
    return ColumnProfile(name=name, rows=len(values), filled=len(filled), unique=unique, shares=shares)


def day_order(columns: Iterable[Sequence[str]]) -> str | None:
    """dmy or mdy, when some date allows only one of them and none the other."""
    orders = set()
    for match in (_DATE.match(value.strip()) for values in columns for value in values[:_SAMPLE]):
        if match and int(match[1]) > 12 >= int(match[2]):
            orders.add("dmy")
        elif match and int(match[2]) > 12 >= int(match[1]):
            orders.add("mdy")
    return orders.pop() if len(orders) == 1 else None
