"""What MariaDB refuses is told with the value at fault and the remedy. The messages are its own."""

from __future__ import annotations

import pytest

from erp_connect.core.parse.database_errors import BAD_VALUE, OLD_TABLES, THERE_ALREADY, refusal

CASES = (
	((1062, "Duplicate entry 'O'Neil' for key 'PRIMARY'"), THERE_ALREADY, ["has O'Neil already", "Link with a Record Outside…"]),
	((1062, "Duplicate entry '123' for key 'tabItem Barcode.barcode'"), THERE_ALREADY, ["has 123 already", "(barcode)"]),
	((1022, "Can't write; duplicate key in table 'x'"), THERE_ALREADY, ["Correct it"]),
	((1406, "Data too long for column 'brand' at row 1"), BAD_VALUE, ["brand is longer", "Shorten it"]),
	((1264, "Out of range value for column 'amount' at row 1"), BAD_VALUE, ["number of amount", "Correct it"]),
	((1048, "Column 'brand' cannot be null"), BAD_VALUE, ["brand has no value and needs one", "a default"]),
	((1364, "Field 'brand' doesn't have a default value"), BAD_VALUE, ["brand has no value"]),
	((1366, "Incorrect string value: '\\xF0\\x9F\\x98\\x80' for column `_1a`.`tabBrand`.`brand` at row 1"), BAD_VALUE, ["brand cannot be"]),
	((1366, "Incorrect string value: '\\xC3' for column `_1a`.`tabBrand`.`brand` at row 1"), BAD_VALUE, ["brand is longer"]),
	((1292, "Incorrect datetime value: '2026-13-01' for column 'at' at row 1"), BAD_VALUE, ["at cannot be 2026-13-01"]),
	((1292, "Truncated incorrect DOUBLE value: 'x'"), BAD_VALUE, ["cannot keep a value: Truncated"]),
	((1265, "Data truncated for column 'qty' at row 1"), BAD_VALUE, ["qty cannot be"]),
	((1054, "Unknown column 'x' in 'INSERT INTO'"), OLD_TABLES, ["Ask your administrator to run bench migrate"]),
	((1146, "Table '_1a.tabX' doesn't exist"), OLD_TABLES, ["bench migrate"]),
)  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "words"), CASES, ids=[str(case[0]) for case in CASES])
def test_what_is_refused_is_told_with_the_remedy(arguments, code, words):
	refused = refusal(arguments)
	assert refused.code == code
	for word in (*words, "press Retry"):
		assert word in str(refused)
	assert "row 1" not in str(refused)
	assert "_1a`" not in str(refused)


@pytest.mark.parametrize(
	"arguments", [(), (1213, "Deadlock found"), (2006, "gone away"), ("Brand", "x", None)]
)
def test_what_is_no_refusal_is_none(arguments):
	assert refusal(arguments) is None
