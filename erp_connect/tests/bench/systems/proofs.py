"""Which tests prove which system, and the table that is made from it.

python -m erp_connect.tests.bench.systems.proofs     in the bench's environment: writes it into docs/systems.md and README.md
"""

from __future__ import annotations

from pathlib import Path

from erp_connect.tests.bench.people import test_time_clocks
from erp_connect.tests.bench.people.people_case import TIME_CLOCKS
from erp_connect.tests.bench.systems import (
	test_authorize_net,
	test_authorize_net_money_out,
	test_deletions,
	test_dhl,
	test_fedex,
	test_google_drive,
	test_harbour,
	test_hubspot,
	test_magento_account,
	test_magento_catalogue,
	test_magento_orders,
	test_magento_orders_out,
	test_magento_variants_out,
	test_mailchimp,
	test_money_compared,
	test_opencart,
	test_paypal,
	test_paypal_money_out,
	test_paytm,
	test_paytm_refunds,
	test_razorpay,
	test_razorpay_money_out,
	test_refunds_out,
	test_salesforce,
	test_shiprocket,
	test_shopify_account,
	test_shopify_catalogue,
	test_shopify_long_lists,
	test_shopify_order_parts,
	test_shopify_orders,
	test_shopify_orders_out,
	test_shopify_payouts,
	test_shopify_variants,
	test_shopify_variants_out,
	test_slack,
	test_storefront_reads,
	test_storefront_writes,
	test_stripe,
	test_stripe_money_out,
	test_ups,
	test_woocommerce_account,
	test_woocommerce_catalogue,
	test_woocommerce_orders,
	test_woocommerce_variants_out,
	test_woocommerce_webhooks,
	test_zoho_crm,
)
from erp_connect.tests.bench.systems.authorize_net_case import AUTHORIZE_NET
from erp_connect.tests.bench.systems.dhl_case import DHL
from erp_connect.tests.bench.systems.fedex_case import FEDEX
from erp_connect.tests.bench.systems.google_drive_case import GOOGLE_DRIVE
from erp_connect.tests.bench.systems.hubspot_case import HUBSPOT
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


def cases() -> dict[str, tuple[System, tuple[type, ...]]]:
	"""Classes of tests by the name of their system."""
	return {
		WOOCOMMERCE.preset: (
			WOOCOMMERCE,
			(
				test_deletions.TestWooCommerce,
				test_refunds_out.TestWooCommerce,
				test_woocommerce_account.TestAccount,
				test_woocommerce_catalogue.TestIn,
				test_woocommerce_catalogue.TestOut,
				test_woocommerce_orders.TestOrders,
				test_woocommerce_orders.TestRefunds,
				test_woocommerce_variants_out.TestVariantsOut,
				test_woocommerce_webhooks.TestWebhooks,
			),
		),
		MAGENTO.preset: (
			MAGENTO,
			(
				test_refunds_out.TestMagento,
				test_magento_account.TestAccount,
				test_magento_catalogue.TestIn,
				test_magento_catalogue.TestOut,
				test_magento_orders.TestOrders,
				test_magento_orders.TestRefunds,
				test_magento_orders_out.TestOrdersOut,
				test_magento_variants_out.TestSpecialPrices,
				test_magento_variants_out.TestVariantsOut,
			),
		),
		SHOPIFY.preset: (
			SHOPIFY,
			(
				test_deletions.TestShopify,
				test_refunds_out.TestShopify,
				test_shopify_account.TestAccount,
				test_shopify_account.TestWebhooks,
				test_shopify_catalogue.TestCatalogue,
				test_shopify_orders.TestOrders,
				test_shopify_orders.TestRefunds,
				test_shopify_long_lists.TestLongLists,
				test_shopify_orders_out.TestParcels,
				test_shopify_orders_out.TestStatus,
				test_shopify_payouts.TestPayouts,
				test_shopify_order_parts.TestCharges,
				test_shopify_order_parts.TestGiftCards,
				test_shopify_variants.TestTemplates,
				test_shopify_variants.TestWays,
				test_shopify_variants_out.TestVariantsOut,
			),
		),
		OPENCART.preset: (OPENCART, (test_opencart.TestOrders,)),
		HARBOUR.preset: (HARBOUR, (test_harbour.TestHarbour,)),
		STRIPE.preset: (
			STRIPE,
			(
				test_deletions.TestStripe,
				test_money_compared.TestStripe,
				test_stripe.TestPayments,
				test_stripe_money_out.TestMoneyOut,
			),
		),
		RAZORPAY.preset: (
			RAZORPAY,
			(
				test_money_compared.TestRazorpay,
				test_razorpay.TestAccount,
				test_razorpay.TestPayments,
				test_razorpay_money_out.TestMoneyOut,
			),
		),
		PAYPAL.preset: (
			PAYPAL,
			(test_paypal.TestAccount, test_paypal.TestPayments, test_paypal_money_out.TestMoneyOut),
		),
		AUTHORIZE_NET.preset: (
			AUTHORIZE_NET,
			(
				test_deletions.TestAuthorizeNet,
				test_money_compared.TestAuthorizeNet,
				test_authorize_net.TestAccount,
				test_authorize_net.TestPayments,
				test_authorize_net_money_out.TestMoneyOut,
			),
		),
		READS.preset: (READS, (test_storefront_reads.TestReads,)),
		WRITES.preset: (WRITES, (test_storefront_writes.TestWrites,)),
		PAYTM.preset: (
			PAYTM,
			(
				test_money_compared.TestPaytm,
				test_paytm.TestAccount,
				test_paytm.TestPayments,
				test_paytm_refunds.TestRefunds,
			),
		),
		HUBSPOT.preset: (
			HUBSPOT,
			(test_hubspot.TestAccount, test_hubspot.TestRecords, test_hubspot.TestWebhooks),
		),
		MAILCHIMP.preset: (
			MAILCHIMP,
			(test_mailchimp.TestAccount, test_mailchimp.TestMembers, test_mailchimp.TestWebhooks),
		),
		ZOHO_CRM.preset: (
			ZOHO_CRM,
			(test_zoho_crm.TestAccount, test_zoho_crm.TestRecords, test_zoho_crm.TestNotifications),
		),
		SALESFORCE.preset: (SALESFORCE, (test_salesforce.TestAccount, test_salesforce.TestRecords)),
		FEDEX.preset: (FEDEX, (test_fedex.TestAccount, test_fedex.TestShipments, test_fedex.TestTracking)),
		UPS.preset: (UPS, (test_ups.TestAccount, test_ups.TestShipments, test_ups.TestTracking)),
		DHL.preset: (DHL, (test_dhl.TestAccount, test_dhl.TestShipments, test_dhl.TestTracking)),
		SHIPROCKET.preset: (
			SHIPROCKET,
			(test_shiprocket.TestAccount, test_shiprocket.TestShipments, test_shiprocket.TestTracking),
		),
		GOOGLE_DRIVE.preset: (
			GOOGLE_DRIVE,
			(test_google_drive.TestAccount, test_google_drive.TestFilesOut, test_google_drive.TestFilesIn),
		),
		TIME_CLOCKS.preset: (
			TIME_CLOCKS,
			(test_time_clocks.TestPunches, test_time_clocks.TestOut, test_time_clocks.TestPayroll),
		),
		SLACK.preset: (SLACK, (test_slack.TestAccount, test_slack.TestMessages, test_slack.TestButtons)),
	}


def page(text: str) -> str:
	"""The page with the table as the tests say it now."""
	before, _, rest = text.partition(BEGIN)
	_, _, after = rest.partition(END)
	return f"{before}{BEGIN}\n\n{table(list(cases().values()))}\n\n{END}{after}"


if __name__ == "__main__":
	PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
	readme_tables.write()
