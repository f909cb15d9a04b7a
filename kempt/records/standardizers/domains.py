"""Internet domains out of web sites, host names and e-mail addresses."""

import re
from dataclasses import dataclass
from functools import lru_cache

import idna
import tldextract

from kempt.records.standardizers.junk import is_placeholder
from kempt.records.standardizers.mail_lists import DISPOSABLE, FREE_MAIL, PLACEHOLDER_DOMAINS, RESERVED
from kempt.records.standardizers.scripts import mixes_scripts
from kempt.records.standardizers.shared_sites import SHARED_HOSTS, SHARED_SITES
from kempt.records.standardizers.text import Finding, Flag, clean, worst

MAX_LENGTH = 2083  # the longest address that browsers used to take

_PUBLIC_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
SPECIAL_USE = frozenset(("arpa", "internal", "invalid", "lan", "local", "localdomain", "localhost", "onion", "test"))
_NOT_IN_THE_LIST = frozenset(("example",))  # reserved for made-up data, and treated like any other ending

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_SCHEME = re.compile(
    r"^(?:(?:web(?:site)?|url|site|homepage|internet)\s*:\s*)?"
    r"(?:(?:view-source|mailto|e-?mail):|[a-z][a-z0-9+-]{1,9}:/+|h?ttps?:?/{0,2}(?=\S)|//)?"
)
_AUTHORITY_END = re.compile(r"[/?#\\]")
_PORT = re.compile(r":\d*$")
_BETWEEN_HOSTS = re.compile(r"[,;|]")
_NUMERIC = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}")
_DOTS = str.maketrans("。．｡", "...")


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """The registered domain that a web site, host or e-mail address belongs to."""

    domain: str | None = None
    host: str | None = None
    flag: Flag
    reason: str


def standardize_domain(raw: str | None) -> Domain:
    """The part of a host that somebody registered, by the public suffix list, in lower-case ASCII."""
    if not raw:
        return Domain(flag="missing", reason="")
    if "." in raw and _HOST.fullmatch(raw) and "xn--" not in raw:
        return _registered(raw, ("valid", ""))
    cleaned = clean(raw, MAX_LENGTH)
    if not cleaned.value or is_placeholder(cleaned.value):
        return Domain(flag="missing", reason="junk_value" if cleaned.value else "blank")
    host, found = _host(cleaned.value.lower().translate(_DOTS))
    if host.startswith("[") or ":" in host:
        return Domain(flag="invalid", reason="ip_address")
    try:
        ascii_host, shown = _both_spellings(host)
    except UnicodeError:
        return Domain(flag="invalid", reason="bad_host")
    if not _HOST.fullmatch(ascii_host):
        return Domain(flag="invalid", reason="bad_host")
    mixed: Finding = ("suspicious", "mixed_script") if mixes_scripts(shown) else ("valid", "")
    respelled: Finding = ("valid", "") if ascii_host == raw else ("corrected", _respelling(raw, host, ascii_host))
    return _registered(ascii_host, worst(mixed, found, (cleaned.flag, cleaned.reason), respelled))


def _host(text: str) -> tuple[str, Finding]:
    """The host in an address, or the first of several."""
    words = _SCHEME.sub("", text).split()
    addresses = [word for word in words if "." in word] or words or [""]
    authority = _AUTHORITY_END.split(_SCHEME.sub("", addresses[0]), maxsplit=1)[0].rpartition("@")[2]
    hosts = [host for host in _BETWEEN_HOSTS.split(authority) if "." in host] or [authority]
    host = hosts[0].strip("<>()\"'*")
    host = host if host.startswith("[") else _PORT.sub("", host).strip(".")
    if len(addresses) + len(hosts) > 2:
        return host, ("suspicious", "multiple_values")
    return host, ("suspicious", "extra_text") if len(words) > 1 else ("valid", "")


def _respelling(raw: str, host: str, ascii_host: str) -> str:
    if raw.lower() == host:
        return "punycode" if host != ascii_host else "case"
    return "url"


def _both_spellings(host: str) -> tuple[str, str]:
    """The host in ASCII and in its own letters."""
    if host.isascii() and "xn--" not in host:
        return host, host
    ascii_host = idna.encode(host, uts46=True).decode("ascii") if not host.isascii() else host
    return ascii_host, idna.decode(ascii_host)


def _registered(host: str, found: Finding) -> Domain:
    if _NUMERIC.fullmatch(host):
        return Domain(flag="invalid", reason="ip_address")
    ending = host.rpartition(".")[2]
    if ending in SPECIAL_USE:
        return Domain(flag="invalid", reason="special_use_domain")
    if ending == host:
        return Domain(flag="invalid", reason="no_dot_in_domain")
    domain, suffix = _split(host)
    if not domain:
        return Domain(flag="invalid", reason="public_suffix_only")
    flag, reason = worst(_doubt(domain, suffix, host), found)
    return Domain(domain=domain, host=host, flag=flag, reason=reason)


def _split(host: str) -> tuple[str, str]:
    """The registered domain and its public suffix, which is '' when the ending is not a known one."""
    found = _PUBLIC_SUFFIXES.extract_str(host)
    if found.is_private and not found.domain:
        # The host of a site builder itself: a public suffix for its customers, yet registered by somebody.
        found = _PUBLIC_SUFFIXES.extract_str(host, include_psl_private_domains=False)
    if not found.suffix:
        return ".".join(host.split(".")[-2:]), ""
    return found.top_domain_under_public_suffix, found.suffix


def _doubt(domain: str, suffix: str, host: str) -> Finding:
    """Why a domain may say nothing about one company."""
    if domain in SHARED_SITES or suffix in SHARED_SITES or domain in FREE_MAIL or domain in DISPOSABLE:
        return "suspicious", "shared_domain"
    if domain.startswith("blogspot.") or host.endswith(SHARED_HOSTS):
        return "suspicious", "shared_domain"
    if domain in RESERVED or domain in PLACEHOLDER_DOMAINS:
        return "suspicious", "reserved_domain"
    if not suffix and host.rpartition(".")[2] not in _NOT_IN_THE_LIST:
        return "suspicious", "unknown_suffix"
    return "valid", ""


@lru_cache(maxsize=1)
def _top_level() -> frozenset[str]:
    return frozenset(suffix.rpartition(".")[2] for suffix in _PUBLIC_SUFFIXES.tlds) | _NOT_IN_THE_LIST


def is_top_level(label: str) -> bool:
    """Whether some registry, or the convention for made-up data, uses this last label of a host (in ASCII)."""
    return label in _top_level()
