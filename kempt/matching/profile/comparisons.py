"""Which comparison a column gets by its role, and what is expected of it before any record was seen.

The shares are rough on purpose: training replaces them. What it may not replace is what no table shows reliably, that
two records of one person hardly ever disagree on both names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kempt.matching.conditions import Comparator, Condition
from kempt.matching.plan import Comparison, Outcome, Tells, condition
from kempt.matching.profile.roles import Role

_ALIKE: Mapping[Role, tuple[Comparator, tuple[float, ...]]] = {
    "text": ("cosine", (0.9, 0.75, 0.6, 0.45, 0.3, 0.15)),
    "word": ("jaro_winkler", (0.93, 0.88, 0.8, 0.7)),
    "code": ("jaro_winkler", (0.9, 0.75, 0.5)),
    "url": ("jaro_winkler", (0.95, 0.85)),
    "number": ("damerau", (1, 2)),
}
_NEAR_NAME = 0.86
_SAME_NAME, _NEARLY, _HARDLY_ANOTHER = 2.0**-15, 0.75, 0.9
_SAME_ID = 2.0**-10
"""More often than a name: ids are typed into the wrong record, and 123456789 into many."""

_NAMES_TELL: Mapping[Tells, str] = {
    "identifies": "same swapped nickname initial given_close family_close family_part both_close nickname_close",
    "half": "family_only family_only_close given_only given_only_close",
    "conflicts": "no_given no_family other_given other_family family_slip given_slip other",
}
_EMAILS_TELL: Mapping[Tells, str] = {"identifies": "same", "agrees": "close mailbox"}
_PHONES_TELL: Mapping[Tells, str] = {"reaches": "same", "agrees": "local within_1"}
_DATES_TELL: Mapping[Tells, str] = {"half": "same", "agrees": "slip turned", "conflicts": "other"}


@dataclass
class _Outcomes:
    """Collects the outcomes of a comparison, from the first, that a record says nothing, to the last."""

    found: list[Outcome] = field(default_factory=list)

    def add(
        self,
        name: str,
        says: str,
        *when: Condition,
        expected: float,
        counts: tuple[str, ...] = (),
        at_most: float | None = None,
        by_chance: float | None = None,
    ) -> None:
        """The next outcome."""
        self.found.append(
            Outcome(
                name=name,
                says=says,
                when=when,
                expected=expected,
                frequency_of=counts,
                at_most=at_most,
                by_chance_at_most=by_chance,
            )  # fmt: skip
        )

    def of(self, name: str, telling: Mapping[Tells, str]) -> Comparison:
        """The comparison of all of them; `telling` names the outcomes that tell something by their kind."""
        tells = {outcome: kind for kind, outcomes in telling.items() for outcome in outcomes.split()}
        found = (replace(outcome, tells=tells.get(outcome.name, "nothing")) for outcome in self.found)
        return Comparison(name=name, outcomes=tuple(found))


def compare(column: str, role: Role, *, own_name: bool = False, identifies: bool = False) -> Comparison:
    """The comparison of one column by itself.

    An own name is the name of what the record is about. Strangers seldom have nearly the same name of several words,
    even where most records are double and every two of them seem to. Nor do they share what identifies one of them.
    """
    comparator, limits = _ALIKE.get(role, ("exact", ()))
    shares = _rising(2 + len(limits))
    outcomes = _Outcomes()
    outcomes.add("not_given", f"{column} is not known", condition(column, "missing"), expected=0)
    counts = (column,) if role in ("word", "text", "category") else ()
    outcomes.add(
        "same",
        f"{column} is the same",
        condition(column, "exact"),
        expected=shares[0],
        counts=counts,
        by_chance=_SAME_NAME if own_name else _SAME_ID if identifies else None,
    )
    for limit, share in zip(limits, shares[1:-1], strict=True):
        close = f"{limit} edits apart" if comparator == "damerau" else f"{limit:.0%} alike"
        by_chance = _SAME_NAME if own_name and limit >= _NEARLY else None
        alike = condition(column, comparator, limit)
        outcomes.add(f"within_{limit}", f"{column} is {close}", alike, expected=share, by_chance=by_chance)
    outcomes.add("other", f"{column} differs", expected=shares[-1])
    near = [f"within_{limit}" for limit in limits if (limit <= 1 if comparator == "damerau" else limit >= _NEARLY)]
    if identifies:
        return outcomes.of(column, {"identifies": "same", "agrees": " ".join(near), "conflicts": "other"})
    if own_name:
        sure = [f"within_{limit}" for limit in limits if limit >= _HARDLY_ANOTHER]
        return outcomes.of(column, {"agrees": " ".join(near), "identifies": " ".join(["same", *sure])})
    # Half of all share a category.
    return outcomes.of(column, {} if role == "category" else {"agrees": " ".join(["same", *near])})


def compare_names(given: str, family: str, root: str) -> Comparison:
    """Given and family name together: relatives share one of them, and neither says much without the other.

    `root` is the column with what a nickname stands for.
    """
    same_given, same_family = condition(given, "exact"), condition(family, "exact")
    near_given, near_family = (condition(name, "jaro_winkler", _NEAR_NAME) for name in (given, family))
    nickname, initial, part = condition(root, "exact"), condition(given, "initial"), condition(family, "contains")
    no_given, no_family = condition(given, "missing"), condition(family, "missing")
    swapped = condition(given, "swapped", other=family)
    of_given, of_family = (given,), (family,)
    names = _Outcomes()
    names.add("not_given", "a name is not known", no_given, no_family, expected=0)
    names.add("same", "both names are the same", same_given, same_family, expected=0.52, counts=(given, family))
    names.add("swapped", "the names are the same in another order", swapped, expected=0.03, counts=(given, family))
    names.add("nickname", "one given name is a nickname", nickname, same_family, expected=0.05, counts=of_family)
    names.add("initial", "one given name is an initial", initial, same_family, expected=0.03, counts=of_family)
    names.add("given_close", "a slip in the given name", near_given, same_family, expected=0.06, counts=of_family)
    names.add("family_close", "a slip in the family name", same_given, near_family, expected=0.07, counts=of_given)
    names.add("family_part", "one family name is part of the other", same_given, part, expected=0.02, counts=of_given)
    names.add("both_close", "a slip in both names", near_given, near_family, expected=0.015)
    names.add("nickname_close", "a nickname, and a slip in the family name", nickname, near_family, expected=0.005)
    one = "one given name is not known"
    names.add("family_only", f"the same family name, {one}", no_given, same_family, expected=0.05, counts=of_family)
    names.add("family_only_close", f"family names alike, {one}", no_given, near_family, expected=0.006)
    names.add("no_given", f"the family names differ, {one}", no_given, expected=0.003, at_most=0.006)
    one = "one family name is not known"
    names.add("given_only", f"the same given name, {one}", no_family, same_given, expected=0.05, counts=of_given)
    names.add("given_only_close", f"given names alike, {one}", no_family, near_given, expected=0.01)
    names.add("no_family", f"the given names differ, {one}", no_family, expected=0.003, at_most=0.006)
    same = "only the family name is the same"
    names.add("other_given", same, same_family, expected=0.03, counts=of_family, at_most=0.06)
    same = "only the given name is the same"
    names.add("other_family", same, same_given, expected=0.04, counts=of_given, at_most=0.08)
    names.add("family_slip", "only the family names are alike", near_family, expected=0.003, at_most=0.006)
    names.add("given_slip", "only the given names are alike", near_given, expected=0.003, at_most=0.006)
    names.add("other", "both names differ", expected=0.002, at_most=0.003)
    return names.of("name", _NAMES_TELL)


def compare_generations(generation: str) -> Comparison:
    """Father and son have one name, one home and one telephone, and hardly anybody is called both."""
    generations = _Outcomes()
    generations.add("not_given", "senior or junior is not known", condition(generation, "missing"), expected=0)
    generations.add("same", "both are senior, or both junior", condition(generation, "exact"), expected=0.999)
    generations.add("other", "one is senior, the other junior", expected=0.001, at_most=0.001)
    return generations.of("generation", {"conflicts": "other"})


def compare_emails(address: str, mailbox: str, domain: str) -> Comparison:
    """An address whole, its mailbox and its domain; a domain that many share says little."""
    same_domain, near_mailbox = condition(domain, "exact"), condition(mailbox, "jaro_winkler", 0.92)
    emails = _Outcomes()
    emails.add("not_given", "an e-mail is not known", condition(address, "missing"), expected=0)
    emails.add("same", "the e-mail is the same", condition(address, "exact"), expected=0.6, counts=(address,))
    emails.add("close", "a slip in the e-mail", condition(address, "damerau", 2), expected=0.1)
    emails.add("mailbox", "the same mailbox elsewhere", condition(mailbox, "exact"), expected=0.08, counts=(mailbox,))
    emails.add("near_mailbox", "mailboxes alike at one domain", same_domain, near_mailbox, expected=0.06)
    emails.add("alike", "the e-mails are alike", condition(address, "jaro_winkler", 0.88), expected=0.03)
    emails.add("domain", "different mailboxes at one domain", same_domain, expected=0.05, counts=(domain,))
    emails.add("other", "the e-mails differ", expected=0.08)
    return emails.of(address, _EMAILS_TELL)


def compare_phones(number: str, local: str) -> Comparison:
    """A number whole, and without what stands before the last seven digits, which many leave out."""
    phones = _Outcomes()
    phones.add("not_given", f"{number} is not known", condition(number, "missing"), expected=0)
    phones.add("same", f"{number} is the same", condition(number, "exact"), expected=0.7)
    phones.add("local", f"the last seven digits of {number} agree", condition(local, "exact"), expected=0.05)
    phones.add("within_1", f"{number} is 1 edit apart", condition(number, "damerau", 1), expected=0.05)
    phones.add("within_2", f"{number} is 2 edits apart", condition(number, "damerau", 2), expected=0.03)
    phones.add("other", f"{number} differs", expected=0.17)
    return phones.of(number, _PHONES_TELL)


def compare_dates(day: str, turned: str, year: str, rest: str) -> Comparison:
    """A date whole, with month and day the other way round, its year, and its month and day."""
    dates = _Outcomes()
    dates.add("not_given", f"{day} is not known", condition(day, "missing"), expected=0)
    dates.add("same", f"{day} is the same", condition(day, "exact"), expected=0.65)
    dates.add("slip", f"{day} differs by one digit", condition(day, "damerau", 1), expected=0.12)
    dates.add("turned", f"day and month of {day} are swapped", condition(day, "swapped", other=turned), expected=0.03)
    dates.add("month_and_day", f"month and day of {day} agree", condition(rest, "exact"), expected=0.05)
    dates.add("two_slips", f"{day} differs by two digits", condition(day, "damerau", 2), expected=0.06)
    dates.add("year", f"the year of {day} agrees", condition(year, "exact"), expected=0.05)
    dates.add("other", f"{day} differs", expected=0.07)
    return dates.of(day, _DATES_TELL)


def _rising(outcomes: int) -> list[float]:
    """Most pairs of one entity agree, some do not at all, few lie between."""
    rising = [0.3 + 0.7 * at / (outcomes - 1) for at in range(outcomes)]
    shares = [each**3 for each in reversed(rising)]
    shares[0], shares[-1] = 2.0, 0.15
    return [share / sum(shares) for share in shares]
