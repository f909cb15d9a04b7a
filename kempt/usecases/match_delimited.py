"""Reads CSV and TSV for `kempt match`: in UTF-8 and well-formed by DuckDB, everything else exactly, line by line."""

import codecs
import mmap
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np

from kempt.errors import StopRun
from kempt.extracts.csv_files import DELIMITERS, records, sniff
from kempt.extracts.text_files import encoding_of
from kempt.usecases.match_lines import count_rows, read_lines
from kempt.usecases.match_part import Part, fit_names, whole

HEAD, LONGEST_HEADER = 256 * 1024, 16 * 1024**2
_CHUNK, _SAMPLE = 4 * 1024**2, 256 * 1024
_NO_DELIMITER = "\x1f"
_WIDE = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_OTHER_FORMATS = (
    (b"PK\x03\x04", "a workbook or a zip archive", "Name it .xlsx if it is a workbook; unpack it if it is an archive"),
    (b"PAR1", "a Parquet file", "Name it .parquet"),
    (b"\x1f\x8b", "compressed", "Unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old Office file", "Save it as .xlsx or as CSV in UTF-8"),
)
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def read_delimited(connection: duckdb.DuckDBPyConnection, path: Path) -> Part:
    """The rows of a delimited file. Raises StopRun for one that is none."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip(b"\0\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise StopRun(f"{path}: is empty. A file needs a header line and at least two records below.")
    for mark, what, remedy in _OTHER_FORMATS:
        if head.startswith(mark):
            raise StopRun(f"{path}: is {what} by what it holds. {remedy}.")
    marked = next((name for mark, name in _WIDE if head.startswith(mark)), None)
    encoding = marked or (encoding_of(head) if b"\0" in head else None)
    if encoding and encoding.startswith("utf-") and encoding != "utf-8":
        return _transcoded(connection, path, encoding)
    found = _by_duckdb(connection, path, path)
    if found is not None:
        return found
    other = _encoding(path)
    return _transcoded(connection, path, other) if other else _by_line(path, path)


def _transcoded(connection: duckdb.DuckDBPyConnection, path: Path, encoding: str) -> Part:
    """Reads a copy in UTF-8."""
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="kempt-match-") as folder:
        copy = Path(folder) / "copy.csv"
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        with path.open("rb") as file, copy.open("wb") as written:
            while chunk := file.read(_CHUNK):
                text = decoder.decode(chunk)
                wrong += text.count("\ufffd")
                written.write(text.encode("utf-8", "replace"))
            written.write(decoder.decode(b"", final=True).encode("utf-8", "replace"))
        found = _by_duckdb(connection, path, copy) or _by_line(path, copy)
    note = f"{path.name}: is not in UTF-8; it was read as {encoding}. "
    if encoding.startswith("utf-"):
        note = f"{path.name}: {wrong:,} characters could not be read and stand as \ufffd. Export it again in UTF-8."
        notes = (note, *found.notes) if wrong else found.notes
    else:
        notes = (f"{note}If letters look wrong on the page, save it in UTF-8.", *found.notes)
    return replace(found, notes=notes)


def _encoding(path: Path) -> str | None:
    """The encoding of a file that is hardly any UTF-8; None where it is, or all but a few lines are."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        lines: list[bytes] = []
        size, at = 0, 0
        while size < _SAMPLE and (found := re.compile(rb"[\x80-\xff]").search(data, at)):
            start = max(data.rfind(b"\n", max(0, found.start() - 1_000), found.start()) + 1, found.start() - 1_000)
            end = data.find(b"\n", found.start(), found.start() + 1_000)
            at = found.start() + 1_000 if end < 0 else end + 1
            lines.append(data[start:at])
            size += at - start
    name = encoding_of(b"\n".join(lines)) if lines else "utf-8"
    return None if name == "utf-8" else name


def _by_duckdb(connection: duckdb.DuckDBPyConnection, path: Path, copy: Path) -> Part | None:
    """The rows of a file that is UTF-8 and follows the rules to the letter, else None."""
    skip, delimiter, raw = _header(path, copy)
    header = fit_names(raw, path.name)
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(raw)))
    try:
        table = connection.execute(
            f"""
            select * from read_csv(
                ?, columns = {{{columns}}}, auto_detect = false, header = true, delim = ?, skip = {skip}, quote = '"',
                escape = '"', strict_mode = true, null_padding = false, encoding = 'utf-8', compression = 'none'
            )
            """,
            [str(copy), delimiter],
        ).to_arrow_table()
    except duckdb.Error:
        return None
    if table.num_rows != count_rows(copy) - skip - 1 + (len(raw) == 1) * table.column(0).null_count:
        return None  # not every line end is what it took it for
    if len(raw) == 1:  # a blank line is no record
        table = table.filter(table.column(0).is_valid())
    made, changed = whole(zip(header.names, table.columns, strict=True), path.name)
    return Part(
        file=path.name, table=made, numbers=np.arange(1, made.num_rows + 1), repeated=header.repeated,
        notes=(*header.notes, *_doubts(raw, path), *changed),
    )  # fmt: skip


def _by_line(path: Path, copy: Path) -> Part:
    """The rows of any file."""
    skip, delimiter, raw = _header(path, copy)
    header = fit_names(raw, path.name)
    found = read_lines(copy, path.name, header.names, delimiter, skip)
    return replace(found, repeated=header.repeated, notes=(*header.notes, *_doubts(raw, path), *found.notes))


def _header(path: Path, copy: Path) -> tuple[int, str, list[str]]:
    """How many lines stand before the header, what parts its cells, and the cells."""
    text, skip = _head(copy), 0
    if told := re.match(r"sep=(.)\r?\n", text, re.IGNORECASE):
        text, skip = text[told.end() :], 1
    # A tab is believed of a .tsv, but not against what stands in it.
    by_name = "\t" in text.split("\n", 1)[0] and path.suffix.lower() == ".tsv"
    delimiter = told.group(1) if told else "\t" if by_name else sniff(text)
    _, cells = next(records(text, delimiter), ("", None))
    if cells is None:
        raise StopRun(
            f"{path}: the header line has a quote that does not end, or is longer than {LONGEST_HEADER // 1024**2} MB. "
            "Correct the first line."
        )
    if len(cells) > 1:
        return skip, delimiter, cells
    _refuse_title(path, text)
    return skip, _NO_DELIMITER, cells


def _head(copy: Path) -> str:
    """The beginning of a file, as long as its header needs."""
    size = HEAD
    while True:
        with copy.open("rb") as file:
            content = file.read(size).removeprefix(codecs.BOM_UTF8)
            whole_file = not file.read(1)
        cut = content if whole_file else content[: max(content.rfind(b"\n"), content.rfind(b"\r")) + 1]
        text = cut.decode("utf-8", "replace").replace("\0", "")
        first = next(records(text, ","), ("", None)) if text else ("", None)
        if whole_file or first[1] is not None or size >= LONGEST_HEADER:
            return text
        size *= 8


def _refuse_title(path: Path, text: str) -> None:
    """Stops where one cell stands above lines that all have more: a title, not a header."""
    below = text.splitlines()[1:200]
    for delimiter in DELIMITERS:
        counts = {len(cells or ()) for _, cells in records("\n".join(below), delimiter)}
        # Names like `Smith, John` have two in one column.
        if len(below) > 1 and len(counts) == 1 and min(counts) > 2:
            raise StopRun(
                f"{path}: the first line has one cell, the lines below have {min(counts)}. "
                "Delete what stands above the header."
            )


def _doubts(raw: list[str], path: Path) -> Iterator[str]:
    if len(raw) == 1:
        yield (
            f"{path.name}: was read as one column, since its first line holds no comma, semicolon, tab or bar. "
            "Correct the header if there are more."
        )
    if any(_ADDRESS.fullmatch(name.strip()) for name in raw):
        yield (
            f"{path.name}: its first line holds an e-mail address, so it seems to be a record. It was taken for the "
            "header; put the names of the columns above it."
        )
