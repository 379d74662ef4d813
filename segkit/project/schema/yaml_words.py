"""Words and numbers as they may stand in the YAML files; a JSON schema comes from these too."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictStr,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError


def _no_control(text: str) -> str:
    if not text.isprintable() and any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text):
        raise PydanticCustomError("control", "has a control character in it")
    return text


Word = Annotated[StrictStr, AfterValidator(_no_control)]  # one line; may be empty
Text = Annotated[Word, Field(min_length=1)]
Identifier = Annotated[StrictStr, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
SegmentId = Annotated[str, Field(pattern=r"^[A-Z]+$")]
Scalar = str | int | float | bool


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PydanticCustomError("number", "a number")
    return value


def _share_or_off(value: Any) -> Any:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if value is False or (is_number and 0 <= value <= 1):
        return value
    raise PydanticCustomError("auto", "`false` or a share from 0 to 1")


def _flag(value: Any) -> Any:
    if not isinstance(value, bool):
        raise PydanticCustomError("flag", "true or false")
    return value


def _count(low: int, high: int, *, or_auto: bool = False) -> BeforeValidator:
    kind, words = "count", f"a whole number from {low} to {high}"
    if or_auto:
        kind, words = "auto", f"`auto` or {words}"

    def check(value: Any) -> Any:
        is_count = isinstance(value, int) and not isinstance(value, bool)
        if (is_count and low <= value <= high) or (or_auto and value == "auto"):
            return value
        raise PydanticCustomError(kind, words)

    return BeforeValidator(check)


def _count_schema(low: int, high: int, *, or_auto: bool = False) -> WithJsonSchema:
    count = {"type": "integer", "minimum": low, "maximum": high}
    return WithJsonSchema({"anyOf": [{"const": "auto"}, count]} if or_auto else count)


Number = Annotated[float, BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Share = Annotated[Number, Field(ge=0, le=1)]
ShareOrOff = Annotated[
    float | Literal[False],
    BeforeValidator(_share_or_off),
    WithJsonSchema({"anyOf": [{"const": False}, {"type": "number", "minimum": 0, "maximum": 1}]}),
]
Parts = Annotated[int, _count(2, 100), _count_schema(2, 100)]
Scores = Annotated[int, _count(2, 10), _count_schema(2, 10)]
# one group is none; more groups than anybody could act upon, more leaves than anybody could read
Groups = Annotated[int, _count(2, 100), _count_schema(2, 100)]
_Auto = int | Literal["auto"]
AutoOrGroups = Annotated[_Auto, _count(2, 100, or_auto=True), _count_schema(2, 100, or_auto=True)]
AutoOrLeaves = Annotated[_Auto, _count(1, 1000, or_auto=True), _count_schema(1, 1000, or_auto=True)]
Condition = Annotated[StrictStr, Field(min_length=1)]


def config(**json_schema: Any) -> ConfigDict:
    """No unknown keys; ``json_schema`` tells editors what the validators of the model check."""
    return ConfigDict(
        extra="forbid",
        frozen=True,
        validate_by_alias=True,
        json_schema_extra=json_schema or None,
    )


class Spec(BaseModel):
    model_config = config()


def shape(message: str, help_text: str, **words: Any) -> PydanticCustomError:
    """Keys that do not go together; of the ``words``, ``key`` is where that is shown."""
    return PydanticCustomError("shape", message, {"help": help_text, **words})


WHERE = "SQL condition; only rows for which it is TRUE are in the view"
