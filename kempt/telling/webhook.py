"""Posting to a channel. The address is the operator's; nothing that it answers is followed or read."""

import logging
from collections.abc import Mapping
from typing import Any

import httpx
import stamina

from kempt.errors import Retry, SkipRecord

SECONDS = 5.0
ATTEMPTS = 2


class Channel:
    """One channel's webhook."""

    def __init__(self, url: str, *, seconds: float = SECONDS, first_wait: float = 0.5) -> None:
        self._url = url
        self._seconds = seconds
        self._first_wait = first_wait

    def post(self, message_id: str, payload: Mapping[str, Any]) -> None:
        """Posts one message. Retry: the channel is not to be reached or busy; SkipRecord: it refuses this message."""
        # httpx logs every address at INFO, and this one is a secret.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        attempts = stamina.retry_context(
            on=(httpx.TransportError, _Busy), attempts=ATTEMPTS, timeout=None,
            wait_initial=self._first_wait, wait_jitter=self._first_wait, wait_max=2.0,
        )  # fmt: skip
        try:
            with httpx.Client(timeout=self._seconds, follow_redirects=False, trust_env=False) as http:
                for attempt in attempts:
                    with attempt:
                        self._once(http, message_id, payload)
        except (_Busy, httpx.TransportError) as problem:
            raise Retry(f"the channel is not to be reached ({_told(problem)})") from None

    def _once(self, http: httpx.Client, message_id: str, payload: Mapping[str, Any]) -> None:
        headers = {"Idempotency-Key": message_id, "User-Agent": "kempt"}
        with http.stream("POST", self._url, json=payload, headers=headers) as answer:
            status = answer.status_code
        if status in (408, 425, 429) or status >= 500:
            raise _Busy(status)
        if not 200 <= status < 300:
            raise SkipRecord(f"the channel refused the message ({status})")


class _Busy(Exception):
    """The channel may take it later."""


def _told(problem: Exception) -> str:
    return str(problem) if isinstance(problem, _Busy) else type(problem).__name__
