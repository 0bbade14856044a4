"""Examples for the OpenAPI document, put together from a schema: its own examples first, then what a field's name
means everywhere here. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

ID = "019e2f6c-0d1c-7a52-9a3e-5b1f5c0e7a11"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
CURSOR = "AZ4vbA0celKaPltfXA56EQ"
FORMATS: dict[str, str] = {
    "date-time": "2026-11-24T01:00:00Z",
    "date": "2026-11-24",
    "time": "09:00:00",
    "uuid": ID,
    "binary": "fLaC...",
}
WORDS: Mapping[str, Any] = {  # one word per thing: a field of this name means this, wherever it stands
    "id": ID,
    "by": ID,
    "caller_id": "10010",
    "campaign_name": "青云宽带 春季",
    "cursor": CURSOR,
    "next": CURSOR,
    "limit": 50,
    "number": "138****1234",
    "phone": "1234",
    "name": "王芳",
    "username": "agent1",
    "extension": "1001",
    "agent": "agent1",
    "state": "ready",
    "mode": "progressive",
    "trunk": "practice",
    "product": "宽带 500M",
    "region": "广东",
    "quality": "A",
    "reverses": ID,
    "script": "您好，我是青云公司的客户经理……",
    "zone": "Asia/Shanghai",
    "end_reason": "customer",
    "dial_result": "answered",
    "disposition": "sale",
    "reason": "午餐",
    "why": "The trunk does not answer.",
    "detail": "The stored audio is as sealed.",
    "day": "2026-11-24",
    "from": "2026-11-24",
    "to": "2026-11-24",
    "sha256": HASH,
    "range": "bytes=0-65535",
    "if-range": f'"{HASH}"',
    "if-none-match": f'"{HASH}"',
    "file_name": "广州1126.xlsx",
    "list_name": "广州 11月",
    "encoding": "gb18030",
    "head": "手机号",
    "source": "营业厅协议",
    "basis": "书面同意营销来电",
    "proof": "档案 3-12",
    "offset": 4_194_304,
    "last-event-id": "42",
    "after": "42",
}
Schemas = Mapping[str, Any]


def example_of(schema: Mapping[str, Any], schemas: Schemas, name: str = "") -> Any:
    """A value that the schema allows; an empty text where nothing says what the field means."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
    if schema.get("examples"):
        return schema["examples"][0]
    for key in ("example", "const", "default"):
        if schema.get(key) not in (None, ""):
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    return _of_name(name, schema, schemas)


def _of_name(name: str, schema: Mapping[str, Any], schemas: Schemas) -> Any:
    """A value for a field of this name, when its schema holds no example itself."""
    choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if choices:
        return example_of(choices[0], schemas, name)
    maker = _MAKERS.get(schema.get("type", ""))
    return maker(name, schema, schemas) if maker else None


def _object(_name: str, schema: Mapping[str, Any], schemas: Schemas) -> Any:
    fields = schema.get("properties", {})
    return {name: example_of(field, schemas, name) for name, field in fields.items()}


def _array(name: str, schema: Mapping[str, Any], schemas: Schemas) -> Any:
    return [example_of(schema.get("items", {}), schemas, name.removesuffix("s"))]


def _text(name: str, schema: Mapping[str, Any], _schemas: Schemas) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    name = name.lower()
    for known in (name, name.rpartition("_")[2]):
        if known in WORDS:
            return str(WORDS[known])
    return ""


def _number(name: str, schema: Mapping[str, Any], _schemas: Schemas) -> Any:
    return WORDS.get(name, schema.get("minimum", 0) or 1)


_MAKERS: Mapping[str, Callable[[str, Mapping[str, Any], Schemas], Any]] = {
    "object": _object,
    "array": _array,
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": lambda _name, _schema, _schemas: True,
    "null": lambda _name, _schema, _schemas: None,
}
