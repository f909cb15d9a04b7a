"""Connected components: what may hang together at all. Never a cluster by itself."""

from collections.abc import Iterable


def components(edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The members of each component, in order; components by their smallest member."""
    parent: dict[int, int] = {}

    def root(node: int) -> int:
        top = node
        while (above := parent.setdefault(top, top)) != top:
            top = above
        while node != top:
            parent[node], node = top, parent[node]
        return top

    for left, right in edges:
        one, other = root(left), root(right)
        parent[max(one, other)] = min(one, other)
    members: dict[int, list[int]] = {}
    for node in sorted(parent):
        members.setdefault(root(node), []).append(node)
    return list(members.values())
