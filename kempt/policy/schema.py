"""What editors need to complete and check policy files: the JSON Schema of every section, made from its model."""

import json
from collections.abc import Mapping
from typing import Any

import pydantic

from kempt.policy.cases import Cases
from kempt.policy.load import MODELS


def schemas() -> dict[str, str]:
    """The schema of every kind of file by name, as the text that is published in docs/schema."""
    models: dict[str, type[pydantic.BaseModel]] = {**MODELS, "cases": Cases}
    return {name: json.dumps(_schema(model.model_json_schema()), indent=1) + "\n" for name, model in models.items()}


def _schema(told: Mapping[str, Any]) -> dict[str, Any]:
    defs = {name: _closed(each) for name, each in told.get("$defs", {}).items()}
    if "When" in defs:
        defs["When"]["properties"] = {name: _one_or_more(each) for name, each in defs["When"]["properties"].items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_closed(told),
        **({"$defs": defs} if defs else {}),
    }


def _closed(told: Mapping[str, Any]) -> dict[str, Any]:
    """The loader refuses unknown keys everywhere; the models do not say so themselves."""
    return {**told, "additionalProperties": False} if "properties" in told else dict(told)


def _one_or_more(told: Mapping[str, Any]) -> dict[str, Any]:
    """Conditions take one value or a list of them."""
    lists = [each["items"] for each in told.get("anyOf", []) if each.get("type") == "array"]
    return {**told, "anyOf": [*lists, *told["anyOf"]]} if lists else dict(told)
