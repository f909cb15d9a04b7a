"""A Merkle tree that only grows (RFC 6962, section 2.1), kept as what is needed to go on.

The leaves are the hashes of a tenant's events. Of a tree of n leaves the frontier is kept: the roots of the perfect
subtrees of which it is made, the largest first, at most 64 of them. A tree that grows from its frontier holds every
leaf it held before, so two roots that were signed one after the other are consistent by construction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves, by the roots of its perfect subtrees."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def extended(self, leaves: Iterable[bytes]) -> "Frontier":
        """The tree with these leaves after its own."""
        size, nodes = self.size, list(self.nodes)
        for leaf in leaves:
            node, below = sha256(b"\x00" + leaf).digest(), size
            # As in counting: each carry joins two subtrees of one height.
            while below & 1:
                node = sha256(b"\x01" + nodes.pop() + node).digest()
                below >>= 1
            nodes.append(node)
            size += 1
        return Frontier(size, tuple(nodes))

    @property
    def root(self) -> bytes:
        """The hash that stands for the whole tree."""
        if not self.nodes:
            return sha256().digest()
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = sha256(b"\x01" + node + root).digest()
        return root
