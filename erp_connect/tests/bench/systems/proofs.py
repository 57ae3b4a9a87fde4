"""Which tests prove which system, and the table that is made from it.

python -m erp_connect.tests.bench.systems.proofs     in the bench's environment: writes it into docs/systems.md and README.md
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from erp_connect.tests.bench import systems
from erp_connect.tests.bench.people import test_time_clocks
from erp_connect.tests.bench.people.people_case import TIME_CLOCKS
from erp_connect.tests.bench.systems.authorize_net_case import AUTHORIZE_NET
from erp_connect.tests.bench.systems.bluedart_case import BLUEDART
from erp_connect.tests.bench.systems.dhl_case import DHL
from erp_connect.tests.bench.systems.fedex_case import FEDEX
from erp_connect.tests.bench.systems.google_drive_case import GOOGLE_DRIVE
from erp_connect.tests.bench.systems.hubspot_case import HUBSPOT
from erp_connect.tests.bench.systems.lantern_case import LANTERN
from erp_connect.tests.bench.systems.magento_case import MAGENTO
from erp_connect.tests.bench.systems.mailchimp_case import MAILCHIMP
from erp_connect.tests.bench.systems.opencart_case import OPENCART
from erp_connect.tests.bench.systems.paypal_case import PAYPAL
from erp_connect.tests.bench.systems.paytm_case import PAYTM
from erp_connect.tests.bench.systems.razorpay_case import RAZORPAY
from erp_connect.tests.bench.systems.salesforce_case import SALESFORCE
from erp_connect.tests.bench.systems.shiprocket_case import SHIPROCKET
from erp_connect.tests.bench.systems.shopify_case import SHOPIFY
from erp_connect.tests.bench.systems.slack_case import SLACK
from erp_connect.tests.bench.systems.storefront_case import READS, WRITES
from erp_connect.tests.bench.systems.stripe_case import STRIPE
from erp_connect.tests.bench.systems.system import System, table
from erp_connect.tests.bench.systems.test_harbour import HARBOUR
from erp_connect.tests.bench.systems.ups_case import UPS
from erp_connect.tests.bench.systems.woocommerce_case import WOOCOMMERCE
from erp_connect.tests.bench.systems.zoho_crm_case import ZOHO_CRM
from erp_connect.tests.unit import readme_tables

PAGE = Path(__file__).parents[4] / "docs" / "systems.md"
BEGIN, END = "<!-- made from the tests: begin -->", "<!-- made from the tests: end -->"


# In the order of the table.
SYSTEMS = (
	WOOCOMMERCE,
	MAGENTO,
	SHOPIFY,
	OPENCART,
	HARBOUR,
	LANTERN,
	STRIPE,
	RAZORPAY,
	PAYPAL,
	AUTHORIZE_NET,
	READS,
	WRITES,
	PAYTM,
	HUBSPOT,
	MAILCHIMP,
	ZOHO_CRM,
	SALESFORCE,
	FEDEX,
	UPS,
	DHL,
	BLUEDART,
	SHIPROCKET,
	GOOGLE_DRIVE,
	TIME_CLOCKS,
	SLACK,
)


def cases() -> dict[str, tuple[System, tuple[type, ...]]]:
	"""Classes of tests by the name of their system: all that there are, so that none is forgotten."""
	found = [one for module in _modules() for one in vars(module).values() if _is_case(one, module)]
	return {
		system.preset: (system, tuple(one for one in found if one.system is system)) for system in SYSTEMS
	}


def _modules() -> list[ModuleType]:
	beside = [one.name for one in pkgutil.iter_modules(systems.__path__) if one.name.startswith("test_")]
	return [importlib.import_module(f"{systems.__name__}.{name}") for name in beside] + [test_time_clocks]


def _is_case(one: object, module: ModuleType) -> bool:
	return isinstance(one, type) and one.__module__ == module.__name__ and hasattr(one, "system")


def page(text: str) -> str:
	"""The page with the table as the tests say it now."""
	before, _, rest = text.partition(BEGIN)
	_, _, after = rest.partition(END)
	return f"{before}{BEGIN}\n\n{table(list(cases().values()))}\n\n{END}{after}"


if __name__ == "__main__":
	PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
	readme_tables.write()
