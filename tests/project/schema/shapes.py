"""What a spec says of data of a wrong shape."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import BaseModel, ValidationError


def said(spec: type[BaseModel], text: str) -> tuple[str, str]:
    """The message and the next step for a text of YAML; two empty texts if all is well."""
    try:
        spec.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        (detail,) = error.errors()
        context: dict[str, Any] = detail.get("ctx", {})
        return detail["msg"], str(context.get("help", ""))
    return "", ""
