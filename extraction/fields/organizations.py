"""Bodies as printed: `018001-石柱…本级`, `201 中共巨鹿县委办公室`, `编制单位：…  单位：元`."""

from __future__ import annotations

import re

from yusuan.extraction.document import Organization
from yusuan.extraction.fields.lexicon import MONEY_UNIT, fold
from yusuan.extraction.numerals import squeeze

_CODE_AND_NAME = re.compile(r"\s*(?P<code>\d{3,12})\s*[-－—–_:：、.]?\s*(?P<name>[^\d\s].*?)\s*", re.DOTALL)
_LABEL = re.compile(
    r"^\s*(?:编\s*制|填\s*报|填\s*制|申\s*报|预\s*算|公\s*开|部\s*门|报\s*送)?\s*(?:单\s*位|部\s*门)"
    r"\s*(?:[(（]\s*(?:单位|部门|公章|盖章)\s*[)）])?\s*(?:名\s*称)?\s*(?:[(（]\s*(?:公章|盖章|单位)\s*[)）])?\s*[:：;；]"
)
# 万 is read as one of these when its strokes break; none of them can stand before 元.
_BROKEN_WAN = str.maketrans("方力刀丙", "万万万万")
_UNIT = re.compile(rf"(?:金额)?单位[:;.]?(?:为|:)?\(?({MONEY_UNIT})\)?")
_UNIT_IN_LINE = re.compile(
    r"[(（]?\s*(?:金\s*额)?\s*单\s*位\s*[:：;；.]?\s*(?:人\s*民\s*币)?\s*[亿百万千方力刀]{0,2}\s*元\s*[)）]?"
)
_YEAR_IN_LINE = re.compile(r"(?:预\s*算|决\s*算)?\s*年\s*度\s*[:：]\s*(?:19|20)\d\d\s*年?")
_BODY_ENDINGS = (
    "办公室|办公厅|局|委员会|委|厅|部|中心|学校|小学|中学|大学|学院|医院|院|政府|本级|街道|办事处|办|馆|站|队|所|处|会"
    "|社|团|镇|乡|法院|检察院"
)
_NAME_OF_BODY = re.compile(rf"[一-鿿]{{2}}.*(?:{_BODY_ENDINGS})(?:[(（]本级[)）]|本级|机关)?")
_PROSE = re.compile(r"[，。；,;?？!！]|\d{4}年")


def split_code_and_name(text: str) -> Organization | None:
    """Return code and name of a body, white space removed; None where nothing is printed."""
    match = _CODE_AND_NAME.fullmatch(text)
    if match:
        return Organization(code=match["code"], name=squeeze(match["name"]))
    name = squeeze(text)
    return Organization(name=name) if name else None


def code_and_name_ranges(text: str) -> tuple[tuple[int, int] | None, tuple[int, int]]:
    """Return where in the text code (or None) and name stand."""
    match = _CODE_AND_NAME.fullmatch(text)
    if match:
        return match.span("code"), match.span("name")
    return None, (len(text) - len(text.lstrip()), len(text.rstrip()))


def money_unit(text: str) -> str | None:
    """Return the unit that a line states (单位：万元), or None; 单位：方元 is read as 万元."""
    words = fold(text).translate(_BROKEN_WAN)
    found = [match[1] for match in _UNIT.finditer(words)]
    return found[-1].removeprefix("人民币") if found else None


def organization_in_line(text: str) -> Organization | None:
    """Return the body that a line names after a label or with a code, the unit of the table left out."""
    rest = _YEAR_IN_LINE.sub("", _UNIT_IN_LINE.sub("", text))
    labelled = _LABEL.match(rest)
    if labelled:
        return split_code_and_name(rest[labelled.end() :])
    match = _CODE_AND_NAME.fullmatch(rest)
    if match and is_name_of_body(match["name"]):
        return Organization(code=match["code"], name=squeeze(match["name"]))
    return None


def has_organization_label(text: str) -> bool:
    """Say whether a line begins with 编制单位：, 单位名称： or the like, whatever stands behind."""
    return _LABEL.match(_UNIT_IN_LINE.sub("", text)) is not None


def is_name_of_body(text: str) -> bool:
    """Say whether a text reads as the name of a public body, and as nothing more."""
    words = squeeze(text)
    return len(words) <= 40 and not _PROSE.search(words) and _NAME_OF_BODY.fullmatch(words) is not None
