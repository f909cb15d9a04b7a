"""What bytes are: the format of a file, and the text of a text file whatever its encoding."""

import codecs
from collections.abc import Iterable

from kempt.errors import SkipRecord
from kempt.records.declared import FileFormat

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAMPLE = 256 * 1024
_LEGACY = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "shift_jis", "gb18030", "big5", "euc_kr", "koi8_r", "cp437", "mac_roman",
)  # fmt: skip


def format_of(content: bytes, name: str) -> FileFormat:
    """The format that the bytes speak for; SkipRecord for what is no table."""
    head = content[:8]
    if head.startswith(_OLE2):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise SkipRecord(f"{name}: a password-protected workbook. Save it without a password.")
        raise SkipRecord(f"{name}: an old Office file (.xls). Save it as .xlsx or .csv.")
    if head.startswith(b"PK\x03\x04"):
        if b"xl/" in content:
            return "xlsx"
        raise SkipRecord(f"{name}: a zip archive. Unpack it into the drop folder.")
    if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")):
        raise SkipRecord(f"{name}: a compressed file. Unpack it into the drop folder.")
    if head.startswith(b"PARE"):
        raise SkipRecord(f"{name}: an encrypted Parquet file. Export it without encryption.")
    if head.startswith(b"PAR1"):
        return "parquet"
    return _text_format(content)


def _text_format(content: bytes) -> FileFormat:
    text = decode(content[:_SAMPLE], None)
    start = (text.decode("utf-8", "replace") if isinstance(text, bytes) else text).lstrip()
    if start.startswith("["):
        return "json_pages"
    if not start.startswith("{"):
        return "csv"
    first = start.splitlines()[0].rstrip()
    # A page is one object over many lines, or one long line; JSON Lines end an object on each line.
    return "jsonl" if first.endswith("}") and not _looks_like_page(first) else "json_pages"


def _looks_like_page(line: str) -> bool:
    return any(f'"{name}":[{{' in line.replace(" ", "")[:4096] for name in PAGE_LISTS)


# Where the common CRM interfaces put the records of a page.
PAGE_LISTS = ("results", "records", "data", "items", "value", "contacts", "companies", "leads", "people", "entries")


def decode(content: bytes, encoding: str | None) -> bytes | str:
    """UTF-8 bytes without a byte order mark when everything decodes; else text with lone surrogates at the faults."""
    marked = next(((mark, name) for mark, name in _BOMS if content.startswith(mark)), None)
    if marked is not None:
        content, found = content[len(marked[0]) :], marked[1]
    else:
        found = encoding or encoding_of(content)
    if found in ("utf-8", "ascii"):
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            return content.decode("utf-8", "surrogateescape")
        return content
    text = _lenient(content, found)
    try:
        return text.removeprefix("\ufeff").encode()
    except UnicodeEncodeError:
        return text


def encoding_of(content: bytes) -> str:
    """The likely encoding of bytes without a byte order mark."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(content) - 3 and error.reason == "unexpected end of data":
            return "utf-8"
    else:
        return _wide(content) or "utf-8"
    return _wide(content) or _legacy(content)


def _wide(content: bytes) -> str | None:
    """UTF-16 shows as a NUL in every second byte."""
    sample = content[: _SAMPLE // 64 * 2]
    if len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0) / len(sample[0::2]), sample[1::2].count(0) / max(1, len(sample[1::2]))
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.1 else None


def _legacy(content: bytes) -> str:
    """UTF-8 with a few broken lines stays UTF-8, so that only those lines are refused."""
    foreign = [line for line in content.split(b"\n") if not line.isascii()]
    broken = sum(not _decodes(line) for line in foreign)
    if broken * 2 <= len(foreign) and broken < len(foreign):
        return "utf-8"
    import charset_normalizer

    sample = b"\n".join(foreign)[:_SAMPLE]
    best = charset_normalizer.from_bytes(sample, cp_isolation=list(_LEGACY)).best()
    # Where it makes no difference, the most common one is named.
    if best is None or sample.decode("cp1252", "replace") == sample.decode(best.encoding, "replace"):
        return "cp1252"
    # These two have their letters below 0xa6, where cp1252 has hardly any.
    if best.encoding in ("mac_roman", "cp437") and 2 * sum(byte >= 0xC0 for byte in sample) > sum(
        byte >= 0x80 for byte in sample
    ):
        return "cp1252"
    return best.encoding


def _decodes(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _lenient(content: bytes, encoding: str) -> str:
    """The text with a lone surrogate wherever the bytes are no text."""
    wide = encoding.startswith(("utf-16", "utf-32"))
    try:
        return content.decode(encoding, "surrogatepass" if wide else "surrogateescape")
    except UnicodeDecodeError:
        return content.decode(encoding, "replace").replace("\ufffd", "\udc80")


def only_format(formats: Iterable[FileFormat], pattern: str) -> FileFormat:
    """The one format of the files of an extract."""
    found = sorted({*formats})
    if len(found) > 1:
        raise SkipRecord(f"{pattern}: several formats ({', '.join(found)}) in one extract. Set read.format.")
    return found[0]
