"""Older shapes of events, read as if they had been written today. What stands in the ledger is never rewritten."""

from dataclasses import replace

from kempt.ledger.history import Entry


def upcast(entry: Entry) -> Entry:
    """The event in its newest shape; what an older one did not say is None."""
    name, _, version = entry.type.rpartition(".")
    if version != "v1" or name not in _NEWER:
        return entry
    return replace(entry, type=f"{name}.v2", body=_NEWER[name](dict(entry.body)))


def _identity(body: dict) -> dict:  # type: ignore[type-arg]
    """Version 1 did not tell who went to another entity from who went nowhere, nor what it was worked out from."""
    return {**body, "left": [], "gone": body["left"], "after": None}


def _minted(body: dict) -> dict:  # type: ignore[type-arg]
    # Ids were minted from the smallest record from the beginning, and an anchor's ids in their order.
    return _identity(body) | {"anchor_record": min(body["joined"]), "incarnation": None}


def _golden(body: dict) -> dict:  # type: ignore[type-arg]
    return {**body, "cells": None, "removed": None}


_NEWER = {
    "entity_minted": _minted,
    "entity_members_changed": _identity,
    "entity_redirected": _identity,
    "entity_revived": _identity,
    "entity_retired": _identity,
    "golden_record_changed": _golden,
}
