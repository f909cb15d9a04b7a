"""The batch suites as a use case sees them: profiles go in and out as plain JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from expectations.batches import BatchProfile, FieldProfile, Limits, evaluate_batch, profile_of
from expectations.gate import GateResult

# How much changed in a day says little about the next day: only an explosion is worth a question.
DELTA = Limits(smallest_volume=0.0, largest_volume=1_000.0)


class GreatExpectationsBatchGate:
    """Judges a batch of one source against the source's own history."""

    def profile(self, frame: pd.DataFrame, fields: Sequence[str]) -> Mapping[str, Any]:
        """Counts and shares of the mapped fields."""
        return asdict(profile_of(frame, fields))

    def judge(self, profile: Mapping[str, Any], history: Sequence[Mapping[str, Any]], mode: str) -> GateResult:
        """What is unlike the history; without history everything is accepted."""
        limits = DELTA if mode == "delta" else Limits()
        return evaluate_batch(_profile(profile), [_profile(each) for each in history], limits)


def _profile(plain: Mapping[str, Any]) -> BatchProfile:
    return BatchProfile(
        rows=plain["rows"], fields={name: FieldProfile(**each) for name, each in plain["fields"].items()}
    )
