"""Events in the order of their positions, however they are delivered: late, twice, or shuffled."""

from collections.abc import Iterable, Iterator

from kempt.ledger.history import Entry


class Inbox:
    """Holds back what came too early, and drops what came before."""

    def __init__(self, *, after: int = 0) -> None:
        self.seq = after
        self._early: dict[int, Entry] = {}

    def take(self, delivered: Iterable[Entry]) -> Iterator[Entry]:
        """The events that can be told now: gapless, each once."""
        for entry in delivered:
            if entry.seq > self.seq:
                self._early[entry.seq] = entry
        while (found := self._early.pop(self.seq + 1, None)) is not None:
            self.seq = found.seq
            yield found
