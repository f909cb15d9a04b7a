"""A cluster as a picture: records on a circle, by their numbers, and what was found between them."""

from collections.abc import Sequence
from math import cos, pi, sin

from markupsafe import Markup

from kempt.usecases.cluster_graph import Edge
from kempt.usecases.side_by_side import Column

_LINE = Markup('<line class="edge {}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>')
_LABEL = Markup('<text class="edge-label" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>')
_NODE = Markup(
    '<g class="node {}"><circle cx="{:.1f}" cy="{:.1f}" r="15"/>'
    '<text x="{:.1f}" y="{:.1f}" text-anchor="middle" dy="5">{}</text></g>'
)
_GRAPH = Markup('<svg class="graph" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{drawn}</svg>')
WIDTH, HEIGHT = 360, 240


def draw_cluster(columns: Sequence[Column], edges: Sequence[Edge]) -> Markup:
    """The picture; the table beside it says the same in words."""
    if len(columns) < 2:
        return Markup("")
    place = {column.number: _place(at, len(columns)) for at, column in enumerate(columns)}
    first = columns[0].entity_id
    lines, labels = [], []
    for edge in edges:
        (x1, y1), (x2, y2) = place[edge.left], place[edge.right]
        lines.append(_LINE.format(edge.said.split(" by")[0].replace(" ", "-"), x1, y1, x2, y2))
        if edge.confidence is not None and len(edges) <= 12:
            labels.append(_LABEL.format((x1 + x2) / 2, (y1 + y2) / 2 - 4, f"{100 * edge.confidence:.0f} %"))
    nodes = [
        _NODE.format("one" if column.entity_id == first else "other", x, y, x, y, column.number)
        for column in columns
        for x, y in [place[column.number]]
    ]
    label = f"{len(columns)} records and {len(edges)} links between them"
    return _GRAPH.format(w=WIDTH, h=HEIGHT, label=label, drawn=Markup("").join([*lines, *labels, *nodes]))


def _place(at: int, count: int) -> tuple[float, float]:
    if count == 2:
        return WIDTH / 4 + at * WIDTH / 2, HEIGHT / 2
    turn = 2 * pi * at / count - pi / 2
    return WIDTH / 2 + cos(turn) * WIDTH * 0.4, HEIGHT / 2 + sin(turn) * HEIGHT * 0.38
