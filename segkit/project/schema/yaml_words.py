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


def _flag(value: Any) -> Any:
    if not isinstance(value, bool):
        raise PydanticCustomError("flag", "true or false")
    return value


def _within(low: int, high: int) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise PydanticCustomError("count", f"a whole number from {low} to {high}")
        return value

    return BeforeValidator(check)


def _auto_or_within(low: int, high: int) -> BeforeValidator:
    def check(value: Any) -> Any:
        is_count = isinstance(value, int) and not isinstance(value, bool)
        if value == "auto" or (is_count and low <= value <= high):
            return value
        raise PydanticCustomError("auto", f"`auto` or a whole number from {low} to {high}")

    return BeforeValidator(check)


def _integer_schema(low: int, high: int) -> WithJsonSchema:
    return WithJsonSchema(_integers(low, high))


def _auto_schema(low: int, high: int) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [{"const": "auto"}, _integers(low, high)]})


def _integers(low: int, high: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high}


Number = Annotated[float, BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Share = Annotated[Number, Field(ge=0, le=1)]
Parts = Annotated[int, _within(2, 100), _integer_schema(2, 100)]
Scores = Annotated[int, _within(2, 9), _integer_schema(2, 9)]  # a score is one digit
# more groups than anybody could act upon, more leaves than anybody could read
Groups = Annotated[int, _within(1, 100), _integer_schema(1, 100)]
AutoOrGroups = Annotated[int | Literal["auto"], _auto_or_within(1, 100), _auto_schema(1, 100)]
AutoOrLeaves = Annotated[int | Literal["auto"], _auto_or_within(1, 1000), _auto_schema(1, 1000)]
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
