"""A careful HTTP client for a public register: slow enough, patient, and sure of whom it talks to."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

import httpx
import stamina

from kempt.errors import Retry, SkipRecord, StopRun

LARGEST_BODY_BYTES = 8 * 1024 * 1024
LONGEST_WAIT_SECONDS = 60.0
_ATTEMPTS = 4
_MEDIA_TYPE = "application/vnd.api+json"


class _Busy(Exception):
    """The register asked us to come back, after so many seconds if it said so."""

    def __init__(self, wait: float | None) -> None:
        super().__init__("the register is busy")
        self.wait = wait


class RateLimit:
    """Lets through at most so many calls in any minute, and waits for the rest."""

    def __init__(
        self, calls_a_minute: int, *, clock: Callable[[], float] = monotonic, wait: Callable[[float], None] = sleep
    ) -> None:
        self._calls: deque[float] = deque(maxlen=calls_a_minute)
        self._clock = clock
        self._wait = wait

    def pass_through(self) -> None:
        """Returns once one more call is allowed, and counts it."""
        if len(self._calls) == self._calls.maxlen:
            self._wait(max(0.0, self._calls[0] + 60.0 - self._clock()))
        self._calls.append(self._clock())


class RegisterClient:
    """GET and JSON, from one host only; redirects are refused. Close it, or use it as a context."""

    def __init__(self, base_url: str, *, rate: RateLimit, first_wait: float = 0.5, timeout: float = 10.0) -> None:
        self._rate = rate
        self._first_wait = first_wait
        # httpx logs every address at INFO, and ours name companies.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._http = httpx.Client(
            base_url=base_url,
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": _MEDIA_TYPE, "User-Agent": "kempt"},
        )

    def get(self, path: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """The document at a path. Busy, broken and unreachable are tried again; then Retry is raised."""
        attempts = stamina.retry_context(
            on=_wait_as_told,
            attempts=_ATTEMPTS,
            timeout=None,
            wait_initial=self._first_wait,
            wait_jitter=self._first_wait,
            wait_max=8.0,
        )
        try:
            for attempt in attempts:
                with attempt:
                    return self._once(path, parameters)
        except (_Busy, httpx.TransportError) as error:
            raise Retry(f"The register did not answer ({type(error).__name__}). Ask again later.") from None
        raise AssertionError("unreachable: the last attempt returns or raises")

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _once(self, path: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        self._rate.pass_through()
        with self._http.stream("GET", path, params=dict(parameters)) as response:
            _refuse_status(response)
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LARGEST_BODY_BYTES:
                    raise SkipRecord(f"The register sent more than {LARGEST_BODY_BYTES} bytes. Ask for less.")
        return _document(bytes(body))


def _refuse_status(response: httpx.Response) -> None:
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= 500:
        raise _Busy(_retry_after(response))
    if response.is_redirect or status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.GONE):
        raise StopRun(f"The register answered {status}. Expected 200; check its address and terms of use.")
    if status != httpx.codes.OK:
        raise SkipRecord(f"The register answered {status} to one look-up. Expected 200.")


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds to wait as the register says, in seconds or as a date; None when it does not say."""
    told = response.headers.get("Retry-After", "")
    if told.isascii() and told.isdigit():
        return float(told)
    try:
        seconds: float = (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return max(0.0, seconds)


def _wait_as_told(error: Exception) -> bool | float:
    """Whether to try again, and after how long when the register said so; too long a wait is left to another run."""
    if isinstance(error, _Busy):
        if error.wait is None:
            return True
        return max(error.wait, 0.001) if error.wait <= LONGEST_WAIT_SECONDS else False
    return isinstance(error, httpx.TransportError)


def _document(body: bytes) -> dict[str, Any]:
    import json

    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise SkipRecord("The register sent no JSON object. Expected a JSON:API document.")
    return document
