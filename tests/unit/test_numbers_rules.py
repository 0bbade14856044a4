"""What a cell and a row of a region's file are read as."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.numbers.rules import (
    CELL_MAX,
    COLUMNS_MAX,
    NUMBERS_MAX,
    Consent,
    Meaning,
    Plan,
    RejectReason,
    head_key,
    hides,
    is_header,
    mask_any,
    number_of,
    propose,
    read_row,
)
from dialer.core.numbers import canonical, is_canonical

M, R = Meaning, RejectReason
MOBILE = "+8613812345678"
PROOF = Consent("营业厅", "书面", "档案 1")
PLAN = Plan(("姓名", "手机号", "备用电话", "备注"), (M.NAME, M.PHONE, M.PHONE, M.EXTRA), "广东", PROOF)


@pytest.mark.parametrize(
    "typed",
    [
        *("13812345678", "138 1234 5678", "138-1234-5678", "+86 138-1234-5678", "8613812345678", "0086 13812345678"),
        *("０１３８１２３４５６７８", "１３８１２３４５６７８", "13812345678.0", "'13812345678", "tel:13812345678"),
        *("\u202e13812345678", "\u200b138\u200b12345678", " 13812345678\u3000", "013812345678"),
    ],
)
def test_a_mobile_however_it_is_written(typed: str) -> None:
    assert number_of(typed) == MOBILE


@pytest.mark.parametrize("typed", ["020-12345678", "(0755)12345678", "0755 1234567", "+862012345678"])
def test_a_fixed_line(typed: str) -> None:
    found = number_of(typed)
    assert isinstance(found, str) and is_canonical(found)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        *(("", R.NO_NUMBER), ("   ", R.NO_NUMBER), ("张三", R.MALFORMED), ("1381234567", R.MALFORMED)),
        *(("138123456789", R.MALFORMED), ("1.38E+10", R.ROUNDED), ("1.38123e10", R.ROUNDED)),
        *(("110", R.SHORT_NUMBER), ("10010", R.SHORT_NUMBER), ("95588", R.SHORT_NUMBER), ("12306", R.SHORT_NUMBER)),
        *(("4008001234", R.SERVICE_NUMBER), ("800-810-1234", R.SERVICE_NUMBER)),
        *(("+14155552671", R.FOREIGN), ("0014155552671", R.FOREIGN), ("+85221234567", R.FOREIGN)),
        *(("=1+1", R.FORMULA), ('=HYPERLINK("http://x","13812345678")', R.FORMULA), ("@SUM(A1)", R.FORMULA)),
    ],
)
def test_what_is_no_number_says_why(typed: str, reason: RejectReason) -> None:
    assert number_of(typed) is reason


@given(st.text())
def test_any_text_is_a_number_that_may_be_dialed_or_says_why_not(typed: str) -> None:
    found = number_of(typed)
    assert isinstance(found, RejectReason) or is_canonical(found)


@given(st.from_regex(r"(\+?86|0086|0)?1[0-9]{9,10}", fullmatch=True))
def test_a_mobile_that_phonenumbers_knows_is_read_as_it_reads_it(typed: str) -> None:
    known = phonenumbers.parse(typed.removeprefix("0") if typed[:2] == "01" else typed, "CN")
    if phonenumbers.is_valid_number(known) and phonenumbers.number_type(known) is phonenumbers.PhoneNumberType.MOBILE:
        assert number_of(typed) == phonenumbers.format_number(known, phonenumbers.PhoneNumberFormat.E164)


@given(st.from_regex(r"1[0-9]{9,11}", fullmatch=True))
def test_the_short_way_to_a_mobile_says_what_the_long_one_says(typed: str) -> None:
    found = number_of(typed)
    assert (found if isinstance(found, str) and is_canonical(found) else None) == canonical(typed)
    assert number_of(f" {typed}") == found


@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_row_gives_people_with_numbers_or_a_reason(cells: list[str]) -> None:
    person, rejects = read_row(7, cells, PLAN)
    assert person is not None or rejects
    assert all(reject.row == 7 for reject in rejects)
    if person is not None:
        assert all(is_canonical(number.number) for number in person.numbers)
        assert "\0" not in person.name + person.quality


def test_a_row_is_read_with_the_files_own_region_and_consent() -> None:
    person, rejects = read_row(2, [" 张\u200b三 ", "13812345678", "020-12345678", "老客户"], PLAN)
    assert person is not None and rejects == []
    assert [(each.number, each.column) for each in person.numbers] == [
        (MOBILE, "手机号"),
        ("+862012345678", "备用电话"),
    ]
    assert (person.name, person.region, person.consent) == ("张三", "广东", PROOF)
    assert person.fields == {"备注": "老客户"}


def test_a_row_of_its_own_region_quality_and_proof() -> None:
    meanings = (M.PHONE, M.REGION, M.QUALITY, M.CONSENT_SOURCE, M.CONSENT_BASIS, M.CONSENT_PROOF, M.SKIP)
    plan = Plan(("a", "b", "c", "d", "e", "f", "g"), meanings, "广东", Consent("x", "y", ""))
    person, _ = read_row(2, ["13812345678", "广州", "A", "", "电话", "录音 5", "gone"], plan)
    assert person is not None and (person.region, person.quality, person.fields) == ("广州", "A", {})
    assert person.consent == Consent("x", "电话", "录音 5") and person.consent.is_whole
    short, _ = read_row(3, ["13812345678"], plan)
    assert short is not None and not short.consent.is_whole and short.region == "广东"


def test_a_bad_number_beside_a_good_one_is_named_and_the_good_one_stays() -> None:
    person, rejects = read_row(2, ["", "110", "13812345678"], PLAN)
    assert person is not None and len(person.numbers) == 1
    assert [(each.column, each.reason, each.value) for each in rejects] == [("手机号", R.SHORT_NUMBER, "****")]


def test_one_number_twice_in_a_row_is_one_and_there_are_at_most_five() -> None:
    plan = Plan((), (M.PHONE,) * 9)
    person, rejects = read_row(1, ["13812345678"] * 2 + [f"1391234567{n}" for n in range(7)], plan)
    assert person is not None and len(person.numbers) == NUMBERS_MAX and rejects == []


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("x" * (CELL_MAX + 1), R.CELL_TOO_LONG),
        ("a\0b", R.CONTROL_CHARACTER),
        ("a\x1bb", R.CONTROL_CHARACTER),
        ("a\udcffb", R.BAD_ENCODING),
    ],
)
def test_a_cell_that_spoils_its_row(cell: str, reason: RejectReason) -> None:
    person, [reject] = read_row(4, ["张三", "13812345678", "", cell], PLAN)
    assert person is None and (reject.column, reject.reason, reject.value) == ("备注", reason, "")


def test_a_row_of_too_many_columns() -> None:
    person, [reject] = read_row(4, ["x"] * (COLUMNS_MAX + 1), PLAN)
    assert person is None and reject.reason is R.TOO_MANY_COLUMNS


def test_an_empty_row_has_no_number() -> None:
    assert read_row(4, ["张三"], PLAN)[1][0].reason is R.NO_NUMBER


def test_columns_are_proposed_by_their_words_by_what_is_remembered_and_by_what_stands_in_them() -> None:
    heads = ["客户姓名", "联系电话1", "Phone 2", "城市", "套餐", ""]
    assert propose(heads, {}, []) == [M.NAME, M.PHONE, M.PHONE, M.REGION, M.EXTRA, M.SKIP]
    assert propose(["套餐", "甲"], {head_key("甲"): M.PHONE, head_key("套 餐"): M.QUALITY}, []) == [
        M.QUALITY,
        M.PHONE,
    ]
    rows = [["张三", "13812345678"], ["李四", "020-12345678"], ["王五", ""]]
    assert propose(["#1", "#2"], {}, rows) == [M.EXTRA, M.PHONE]
    assert propose(["#1"], {}, [["a"], ["b"]]) == [M.EXTRA]


def test_a_first_row_with_a_number_in_it_is_no_header() -> None:
    assert is_header(["姓名", "手机号"]) and not is_header(["张三", "13812345678"]) and not is_header(["", ""])


@pytest.mark.parametrize(
    "cell", ["13812345678", "+1 415 555 2671", "12345678", "44010619900101123x", "'0755-8888 8888"]
)
def test_a_persons_number_is_hidden_whether_it_can_be_called_or_not(cell: str) -> None:
    assert hides(cell)


@pytest.mark.parametrize("cell", ["110", "宽带 500M", "2026-11-27", "2026/3/1 09:00", "A", "", "=1+1"])
def test_what_is_no_persons_number_is_shown(cell: str) -> None:
    assert not hides(cell)


def test_what_is_shown_of_a_cell_never_holds_its_digits() -> None:
    assert [mask_any(cell) for cell in ("13812345678", "张三", "", "12345")] == ["138****5678", "…", "", "****"]
