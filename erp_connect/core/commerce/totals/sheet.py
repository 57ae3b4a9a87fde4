"""The sheet the calculator works on: item rows, tax rows, the site's rules, and the totals that come out.

Promises immutable records in ERPNext's own terms and in binary floats, as ERPNext keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from erp_connect.core.commerce.totals.rounding import BANKERS

ACTUAL = "Actual"
ON_NET = "On Net Total"
ON_ROW_AMOUNT = "On Previous Row Amount"
ON_ROW_TOTAL = "On Previous Row Total"
ON_QUANTITY = "On Item Quantity"

DiscountOn = Literal["", "Net Total", "Grand Total"]


@dataclass(frozen=True)
class ItemRow:
	"""An item row as it is given to ERPNext. tax_rates: percent by account, from an item tax template."""

	qty: float
	rate: float
	price_list_rate: float = 0.0
	discount_percentage: float = 0.0
	tax_rates: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class TaxRow:
	"""A row of Sales Taxes and Charges. row_id: from 1, for the two charge types on a previous row."""

	charge_type: str
	rate: float = 0.0
	tax_amount: float = 0.0
	row_id: int = 0
	included: bool = False
	account: str = ""


@dataclass(frozen=True)
class SiteRules:
	"""How the site computes.

	digits: of currency fields; quantity_digits: of float fields (tax rates and quantities); method: System
	Settings' rounding; conversion_rate: company currency for one unit of the document's; row_wise: Accounts
	Settings → Round Tax Amount Row-wise; whole_accounts: accounts whose tax a country rounds to whole units.
	"""

	digits: int = 2
	quantity_digits: int = 3
	method: str = BANKERS
	conversion_rate: float = 1.0
	row_wise: bool = False
	whole_accounts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Totals:
	"""The totals of the document. Amounts per item and per row stand in the order given."""

	net_total: float
	total_taxes: float
	grand_total: float
	base_net_total: float
	base_grand_total: float
	item_amounts: tuple[float, ...]
	item_nets: tuple[float, ...]
	row_amounts: tuple[float, ...]
