"""YAML that means what it says, with the line of every value.

Refused: a key given twice, anchors, aliases, merge keys, tags, several documents, more than 256 kB, deep nesting.
Plain scalars follow the YAML 1.2 core schema, so `NO`, `on`, `12:30` and `2024-01-01` stay text.
"""

import difflib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

import pydantic
import yaml

from kempt.errors import StopRun

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32

Scalar = str | int | float | bool | None
Model = TypeVar("Model", bound=pydantic.BaseModel)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], int | float]], ...] = (
    (re.compile(r"[-+]?(0|[1-9][0-9]{0,17})"), int),
    (re.compile(r"0x[0-9a-fA-F]{1,15}"), lambda text: int(text, 16)),
    (re.compile(r"0o[0-7]{1,20}"), lambda text: int(text, 8)),
    (re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)\.[0-9]*)([eE][-+]?[0-9]{1,3})?"), float),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One value of a YAML file and the line (from 1) where it starts; `key_lines` says where each key stands."""

    line: int
    value: "Scalar | dict[str, Node] | tuple[Node, ...]"
    key_lines: dict[str, int]

    def plain(self) -> Any:
        """The value without lines: dict, list or scalar."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, tuple):
            return [child.plain() for child in self.value]
        return self.value

    def line_of(self, path: Sequence[str | int]) -> int:
        """The line of the deepest part of a path that the file has; steps it lacks (a union's tag) are passed over."""
        return max(self._walk(path), default=("", self.line), key=lambda step: step[1])[1]

    def steps(self, path: Sequence[str | int]) -> list[str]:
        """The steps of a path that the file has."""
        return [name for name, _ in self._walk(path)]

    def _walk(self, path: Sequence[str | int]) -> "Iterator[tuple[str, int]]":
        node = self
        for step in path:
            if isinstance(node.value, dict) and str(step) in node.value:
                line, node = node.key_lines[str(step)], node.value[str(step)]
                yield str(step), line
            elif isinstance(node.value, tuple) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                yield str(step), node.line


def load(text_or_path: str | Path, *, name: str | None = None) -> Node:
    """The tree of a YAML text (str) or file (Path); `name` stands for the file in messages."""
    where = name or (str(text_or_path) if isinstance(text_or_path, Path) else "yaml")
    text = _read(text_or_path, where) if isinstance(text_or_path, Path) else text_or_path
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise StopRun(f"{where}: larger than {MAX_BYTES // 1024} kB. Split the file.")
    try:
        events = _checked(yaml.parse(text, Loader=_LOADER), where)
        root = _node(next(events), events, where)
        for _ in events:  # to the end, so that a second document is seen
            pass
        return root
    except StopIteration:
        raise StopRun(f"{where}:1: the file is empty. Expected keys and values.") from None
    except UnicodeEncodeError:
        raise StopRun(f"{where}:1: not Unicode text. Save the file as UTF-8.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "not readable"
        raise StopRun(f"{where}:{mark.line + 1 if mark else 1}: not YAML: {reason}. Correct the file.") from None


def parse(model: type[Model], text_or_path: str | Path, *, name: str | None = None) -> Model:
    """The file as a model; every error as `path:line: message`, all in one StopRun. Unknown keys are errors."""
    where = name or (str(text_or_path) if isinstance(text_or_path, Path) else "yaml")
    return build(model, load(text_or_path, name=where), where)


def build(model: type[Model], node: Node, where: str) -> Model:
    """A loaded tree as a model, under the rules of `parse`."""
    try:
        # JSON mode is what makes strict usable: lists become tuples and text becomes dates, but '1' is no number.
        return model.model_validate_json(json.dumps(node.plain()), strict=True, extra="forbid")
    except pydantic.ValidationError as error:
        told = {
            (node.line_of(each["loc"]), _explain(model, each["type"], each["loc"], each["msg"], node))
            for each in error.errors(include_url=False, include_input=False, include_context=False)
        }
        raise StopRun("\n".join(f"{where}:{line}: {message}" for line, message in sorted(told))) from None


def _read(path: Path, where: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise StopRun(f"{where}: cannot be read ({error.strerror}). Check the path and its permissions.") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(content) > MAX_BYTES:
            raise StopRun(f"{where}: larger than {MAX_BYTES // 1024} kB. Split the file.") from None
        line = content.count(b"\n", 0, error.start) + 1
        raise StopRun(f"{where}:{line}: not UTF-8. Save the file as UTF-8.") from None


def _checked(events: Iterator[yaml.Event], where: str) -> Iterator[yaml.Event]:
    """The events of one document without anchors, aliases and tags; anything else is refused."""
    depth = documents = 0
    for event in events:
        line = _line(event)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise StopRun(f"{where}:{line}: a second document begins. Keep one document in a file.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise StopRun(f"{where}:{line}: anchors and aliases are not allowed. Write the value out.")
        if getattr(event, "tag", None) is not None:
            raise StopRun(f"{where}:{line}: tags are not allowed. Write a plain value, or quote it to keep text.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise StopRun(f"{where}:{line}: nested deeper than {MAX_DEPTH} levels. Flatten the file.")
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _node(event: yaml.Event, events: Iterator[yaml.Event], where: str) -> Node:
    line = _line(event)
    if isinstance(event, yaml.ScalarEvent):
        value: Scalar = _scalar(event.value) if event.implicit[0] else event.value
        return Node(line=line, value=value, key_lines={})
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(_node(event, events, where))
        return Node(line=line, value=tuple(items), key_lines={})
    return _mapping(line, events, where)


def _mapping(line: int, events: Iterator[yaml.Event], where: str) -> Node:
    children: dict[str, Node] = {}
    key_lines: dict[str, int] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        at = _line(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise StopRun(f"{where}:{at}: a key must be plain text.")
        if event.value == "<<" and event.implicit[0]:
            raise StopRun(f"{where}:{at}: merge keys are not allowed. Write the keys out.")
        if event.value in children:
            first = key_lines[event.value]
            raise StopRun(f"{where}:{at}: the key '{event.value}' is given twice, first on line {first}. Keep one.")
        key_lines[event.value] = at
        children[event.value] = _node(next(events), events, where)
    return Node(line=line, value=children, key_lines=key_lines)


def _scalar(text: str) -> Scalar:
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    return next((convert(text) for pattern, convert in _NUMBERS if pattern.fullmatch(text)), text)


def _explain(model: type[pydantic.BaseModel], kind: str, loc: tuple[int | str, ...], message: str, node: Node) -> str:
    at = ".".join(node.steps(loc)) or "the file"
    if kind == "missing":
        return f"{'.'.join([*node.steps(loc[:-1]), str(loc[-1])])} is missing. Add it."
    if kind != "extra_forbidden":
        return f"{at}: {message.removeprefix('Value error, ')}"
    allowed = _keys(model, loc[:-1])
    near = difflib.get_close_matches(str(loc[-1]), allowed, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"unknown key '{at}'.{hint}" + (f" Known keys: {', '.join(allowed)}." if allowed else "")


def _keys(model: type[pydantic.BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys a model takes at a place in the file; none when the place is not one model."""
    for step in loc:
        fields = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
        if step in fields:
            found = list(_models(fields[str(step)]))
            if len(found) != 1:
                named = [each for each in found if each.__name__ in map(str, loc)]
                if len(named) != 1:
                    return []
                found = named
            model = found[0]
    return sorted(info.alias or name for name, info in model.model_fields.items())


def _models(annotation: Any) -> Iterator[type[pydantic.BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
