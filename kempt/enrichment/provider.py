"""The port that every provider implements, and what travels through it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from kempt.records.model import EntityType


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a provider can be asked about, and what it must be told for that.

    `needs` are alternatives, best first: a request carries the fields of the first one that is known, and no other.
    A provider that takes one request a call is asked one at a time, so that a failure costs one look-up.
    """

    entity_type: EntityType
    fields: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    requests_per_call: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question: who it is about, and which fields are wanted. `key` is a keyed digest of the whole question."""

    key: str
    known: Mapping[str, str] = field(repr=False)
    wanted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredValue:
    """What a provider says one field is, and when it knew that."""

    attribute: str
    value: str = field(repr=False)
    observed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RefutedValue:
    """A field whose value we sent is wrong, as of a day."""

    attribute: str
    observed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a provider knows of one request; without values and refutations it found nothing.

    `match` is the probability that the answer is about the one we asked for. `evidence` says where it was found:
    an id or a line number, never a value.
    """

    key: str
    match: float
    values: tuple[AnsweredValue, ...] = ()
    refuted: tuple[RefutedValue, ...] = ()
    evidence: str = ""


class Provider(Protocol):
    """Somebody who can be asked for missing values.

    `lookup` answers each request at most once and nothing that was not asked. It raises SkipRecord when these
    requests cannot be answered, Retry when they may be answered later, StopRun when it must not be asked again.
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def lookup(self, requests: Sequence[Request]) -> Sequence[Answer]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer and the day it was given; a miss is kept too, so that nobody pays for it twice.

    `about` names the subjects for whom it was asked: it goes when one of them is erased.
    """

    answer: Answer
    asked_on: date
    about: tuple[str, ...] = ()


class AnswerCache(Protocol):
    """Answers of earlier runs by request key. They hold personal values: an implementation encrypts them."""

    def get(self, keys: Sequence[str]) -> Mapping[str, KeptAnswer]: ...

    def put(self, kept: Sequence[KeptAnswer]) -> None: ...
