"""Which test tries the remedy that a held event names: each place that raises `HeldForReview` by its words.

Such a test makes the cause, reads the message, does what it says and repeats the event. Where the message leaves the event
to a person, it sees that nothing was left behind. A new reason needs a case here; `test_held` keeps the table whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
	"""place: file and function, as `held_in_source` names it. words: what only this message of the function says.

	test: the file below `tests/bench`, the class and the test.
	"""

	place: str
	words: str
	test: str


# By file and class, then by test: place and words of each message that the test tries.
TRIED: dict[str, dict[str, tuple[str, ...]]] = {
	"commerce/test_ends_of_payments.py::TestPayments": {
		"test_an_advance_that_the_bank_has_confirmed": (
			"commerce/money/advances:_amend", "Change the order and the Payment Entry by hand",
		),
		"test_an_advance_by_journal_entry_that_would_exceed_the_order": (
			"commerce/money/advances:fit", "a Journal Entry is not changed by itself",
		),
		"test_a_rest_that_no_invoice_can_be_made_of": (
			"commerce/money/billing:invoice_rest", "Make the invoice by hand",
		),
		"test_a_customer_with_an_account_in_a_third_currency": (
			"commerce/money/payment_entries:_rate", "Currency of the customer, enter a receivable ledger account in ",
		),
		"test_money_that_was_taken_back": (
			"commerce/money/payments:_why_not_in", "Cancel what was booked",
		),
		"test_a_fee_that_comes_later": (
			"commerce/money/payments:_known", "Amend the Payment Entry with that deduction",
		),
	},
	"records/test_workflows.py::TestWorkflows": {
		"test_without_that_right_it_is_held_until_a_role_may": (
			"records/submitting:submit", "Let a role of that user take a transition",
		),
		"test_a_cancellation_waits_for_a_role_that_may": (
			"records/submitting:cancel", "Let a role of that user do so",
		),
	},
	"systems/test_stripe_money_out.py::TestMoneyOut": {
		"test_a_refund_of_a_payment_that_is_not_booked_takes_no_other_money_away": (
			"commerce/returns/covered:require_payment", "If it was booked as a payment on account",
		),
	},
	"systems/test_google_drive.py::TestFilesIn": {
		"test_documents_are_exported_and_the_rest_says_why_it_is_not_here": (
			"records/own_file:_document_of", "Make it, or rename the file outside",
		),
	},
	"records/test_amended.py::TestIncoming": {
		"test_a_document_that_was_cancelled_and_not_amended": (
			"records/cancelled:refuse", "If it has ended, ",
		),
		"test_where_the_end_was_told_outside_a_person_links_what_stands": (
			"records/cancelled:refuse", "delete the Sync Link of ",
		),
	},
	"commerce/test_amended_documents.py::TestOrders": {
		"test_a_draft_is_waited_for": (
			"commerce/sales/amended_orders:followed", "Submit it",
		),
		"test_one_that_is_called_off_is_left_to_the_person_who_amended_it": (
			"commerce/returns/cancellations:_require_as_it_came", "cancel it by hand",
		),
	},
	"commerce/test_amended_documents.py::TestEvents": {
		"test_what_is_cancelled_here_and_comes_again_is_not_called_booked": (
			"commerce/sales/order_lookup:require_booked", "amend and submit",
		),
		"test_a_parcel_that_came_back_and_is_on_its_way_again": (
			"commerce/stock/fulfilments:_require_out", "is reversed",
		),
	},
	"commerce/test_ends_of_holds.py::TestMoney": {
		"test_an_invoice_that_is_still_a_draft": (
			"commerce/money/billing:require_no_draft", "Submit or delete it",
		),
		"test_an_account_of_payments_in_another_currency": (
			"commerce/money/payment_entries:_other_currency", "Choose another Ledger account of payments",
		),
		"test_no_account_of_payments": (
			"commerce/money/payment_entries:_bank", "Choose a Ledger account of payments",
		),
		"test_what_is_booked_by_hand": (
			"commerce/money/payments:_known", "correct the Payment Entry",
			"commerce/money/payments:_require_currency", "Book it by hand",
			"commerce/money/room:require", "booked by hand already",
		),
		"test_a_payment_that_was_booked_on_account": (
			"commerce/money/same_number:require_none", "match it with order",
		),
		"test_a_refund_of_what_is_not_booked_as_paid": (
			"commerce/returns/covered:require", "Book the missing payment",
		),
		"test_a_refund_or_parcel_that_says_otherwise_when_it_comes_again": (
			"commerce/sales/repeated:require_equal", ", but now comes with ",
		),
	},
	"commerce/test_same_ids.py::TestSameIds": {
		"test_the_same_pieces_wait_for_a_person": (
			"commerce/sales/repeated:refuse_pieces_of_other", "only money is left to be booked",
		),
		"test_money_of_a_refund_that_paid_nothing_back": (
			"commerce/sales/repeated:require_as_applied", "Book by hand what was paid back",
		),
	},
	"commerce/test_cancelled_invoices.py::TestCancelledInvoices": {
		"test_it_is_not_paid_twice": (
			"commerce/money/room:_require_room_beside", " by Payment Reconciliation",
		),
	},
	"commerce/test_amended_documents.py::TestPaidBefore": {
		"test_the_whole_is_not_paid_twice": (
			"commerce/money/room:_require_room_beside", " with a row for the order. If payment",
		),
		"test_a_refund_of_a_cancelled_order_that_was_paid_by_hand": (
			"commerce/returns/covered:require", "what was booked by hand is the customer's since",
		),
	},
	"commerce/test_commerce_payments.py::TestPayments": {
		"test_an_invoice_at_another_rate_than_its_order": (
			"commerce/money/room:_require_rate", "has the exchange rate",
		),
	},
	"commerce/test_commerce_payments.py::TestFees": {
		"test_a_fee_without_an_account_is_held_and_booked_once_there_is_one": (
			"commerce/money/payment_entries:_deduction", "Payment Fee",
		),
	},
	"commerce/test_ends_of_orders.py::TestBuyers": {
		"test_a_buyer_of_whom_only_the_id_is_known": (
			"commerce/parties/customers:_require_name", "link the one that it is with this id",
		),
	},
	"commerce/test_ends_of_holds.py::TestOrders": {
		"test_a_customer_who_is_linked_with_another_id": (
			"commerce/parties/customers:_refuse_second_link", "correct External id in its Sync Link",
		),
		"test_two_customers_with_one_tax_id": (
			"commerce/parties/recognition:find", "If they are one, merge them in ERPNext",
		),
		"test_a_cancellation_that_a_delivery_is_in_the_way_of": (
			"commerce/returns/cancellations:_require_nothing_follows", "Return or cancel them first",
		),
		"test_an_article_of_another_spelling": (
			"commerce/sales/articles:_alike", "tick Article codes may differ in case",
		),
		"test_a_new_item_without_a_group": (
			"commerce/sales/articles:_create", "Choose Item Group of new items",
		),
		"test_a_buyer_without_a_name": (
			"commerce/sales/buyers:_walk_in", "Choose a Walk-in Customer",
		),
		"test_an_order_that_is_still_a_draft": (
			"commerce/sales/order_lookup:require_submitted", "Submit it",
		),
		"test_an_event_of_a_cancelled_order": (
			"commerce/sales/order_lookup:require_submitted", "Decide what becomes of this event",
		),
		"test_what_erpnext_itself_refuses": (
			"commerce/sales/order_lookup:held_if_refused", "Put it right",
		),
		"test_an_order_in_words_that_no_document_can_say": (
			"commerce/sales/order_total:refuse_held", "Have it corrected and sent again",
		),
		"test_a_currency_that_the_site_does_not_use": (
			"commerce/sales/rates:_rate", "Enable it in the list Currency",
		),
		"test_a_unit_that_the_item_does_not_have": (
			"commerce/sales/units:_unit", "to the table of units",
		),
	},
	"commerce/test_ends_of_refunds.py::TestRefunds": {
		"test_what_was_credited_by_hand": (
			"commerce/returns/credit_notes:_invoice", "make the credit note by hand",
		),
		"test_pieces_that_a_person_has_not_invoiced_yet": (
			"commerce/returns/credit_notes:_invoice", "If it is not invoiced yet, submit the invoice of it",
		),
		"test_pieces_of_which_some_go_back_to_stock": (
			"commerce/returns/credit_notes:_update_stock", "puts only some pieces back into stock",
		),
		"test_pieces_that_left_with_another_invoice_go_back_to_stock": (
			"commerce/returns/credit_notes:refuse_stock_of_invoices", "which moves stock by itself, but another invoice is credited",
		),
		"test_a_credit_note_to_which_erpnext_adds_something": (
			"commerce/returns/credit_notes:_compare", "for this credit note, the source to ",
		),
		"test_more_than_was_bought": (
			"commerce/returns/give_back:plan", "This cannot be booked as it is:",
		),
		"test_a_refund_that_only_keeps_a_fee": (
			"commerce/returns/refunds:_credit", "more than it gives back",
		),
		"test_pieces_of_which_nobody_says_the_serial_numbers": (
			"commerce/stock/returned_goods:_require_known", "Make the return of it by hand",
		),
		"test_a_refund_that_failed_after_it_was_booked": (
			"commerce/returns/refunds:not_paid", "Cancel what was booked, and pay back in another way",
		),
	},
	"commerce/test_ends_of_refunds.py::TestPiecesThatCameOffBefore": {
		"test_by_a_cancellation": (
			"commerce/returns/same_pieces:refuse", "If it pays for just those",
		),
		"test_paid_back_by_an_amount_alone": (
			"commerce/returns/same_pieces:refuse_paid_before", "their value would come off twice",
		),
	},
	"commerce/test_ends_of_refunds.py::TestReductions": {
		"test_an_order_whose_tax_a_person_has_made_a_percentage": (
			"commerce/returns/reductions:reduce", "is left of it by the amounts of the source. Change the order by hand",
		),
		"test_pieces_that_a_person_has_taken_off": (
			"commerce/returns/reductions:_require_rows", "Take off the order by hand what is to come off",
		),
		"test_charges_without_goods": (
			"commerce/returns/reductions:_end", "Cancel the order or invoice the charges by hand",
		),
	},
	"commerce/test_ends_of_changes.py::TestByHand": {
		"test_another_buyer_of_a_draft": (
			"commerce/revisions/header:_other_buyer", "but its source names another buyer now",
		),
		"test_an_order_of_whose_source_nothing_is_known": (
			"commerce/revisions/obstacles:require_untouched", "said of it before is not known",
		),
		"test_an_order_that_is_closed": (
			"commerce/revisions/obstacles:require_untouched", " is closed.",
			"commerce/revisions/revise:told_if_held", "by hand as far as that is right and ",
		),
		"test_an_order_of_which_pieces_were_given_back": (
			"commerce/revisions/obstacles:require_untouched", "were called off or given back before",
		),
		"test_an_order_that_somebody_has_changed": (
			"commerce/revisions/obstacles:require_untouched", "and its source had stated",
		),
		"test_an_order_whose_rows_somebody_has_changed_at_the_same_total": (
			"commerce/revisions/obstacles:require_untouched", "at the same total: somebody has changed it here",
		),
		"test_less_than_was_invoiced": (
			"commerce/revisions/obstacles:require_invoiced", "Make a credit note for the difference",
		),
		"test_more_again_than_is_left_of_its_invoices": (
			"commerce/revisions/obstacles:require_invoiced", " of that would be owed again. ERPNext makes no second invoice",
		),
	},
	"commerce/test_smallest_amounts.py::TestSmallestAmounts": {
		"test_more_decimals_than_are_kept": (
			"commerce/money/smallest_amounts:require_whole", "Raise Currency Precision in System Settings",
		),
		"test_less_than_the_smallest_amount_of_the_books": (
			"commerce/money/smallest_amounts:require_something", "ERPNext books no entry of zero",
		),
	},
	"commerce/test_same_totals.py::TestSameTotal": {
		"test_what_is_invoiced_whole_is_held_until_it_is_credited": (
			"commerce/revisions/obstacles:require_invoiced", "all of it, with other taxes, charges or discount",
		),
	},
	"commerce/test_dearer_orders.py::TestDearer": {
		"test_a_credit_note_for_all_lets_it_be_invoiced_anew": (
			"commerce/revisions/obstacles:require_invoiced", "so ERPNext makes no invoice from it of the ",
		),
	},
	"commerce/test_dearer_orders.py::TestPayments": {
		"test_what_no_invoice_is_made_of": (
			"commerce/money/payments:_require_unbilled", "and makes no further invoice from it",
		),
	},
	"commerce/test_ends_of_changes.py::TestGivenUp": {
		"test_what_nobody_can_change_in_an_order_that_is_submitted": (
			"commerce/revisions/header:_date", "ERPNext cannot change the date of a submitted order",
			"commerce/revisions/obstacles:require_untouched", "ERPNext cannot change the currency of order",
		),
		"test_an_order_that_was_cancelled_here": (
			"commerce/revisions/revise:_change", " is cancelled.",
		),
	},
	"commerce/test_taken_up_again.py::TestTakenUpAgain": {
		"test_a_newer_state_is_held_until_the_order_is_amended": (
			"commerce/revisions/revise:_require_ended", "If it was taken up again, amend",
		),
		"test_a_draft_is_made_anew_once_the_cancellation_is_let_go": (
			"commerce/revisions/revise:_require_ended", "delete the Sync Link of the cancellation",
		),
	},
	"commerce/test_ends_of_calls.py::TestEnds": {
		"test_an_id_that_another_order_has": (
			"commerce/revisions/revise:create_once", "send update_order for a change, or another id for another order",
		),
		"test_an_order_that_was_cancelled": (
			"commerce/revisions/revise:_cancelled", "have one sent under an id of its own",
		),
		"test_an_order_of_whose_source_nothing_is_known": (
			"commerce/revisions/update:apply", "Change its goods in ERPNext",
		),
	},
	"inbound/test_inbound_holds.py::TestHolds": {
		"test_a_missing_item": (
			"commerce/sales/articles:_new", "There is no item for article ",
		),
		"test_a_missing_account": (
			"commerce/sales/order_rows:_account", "Add it to Ledger accounts of account ",
		),
		"test_a_missing_rate": (
			"commerce/sales/rates:_rate", "Enter one in Currency Exchange",
		),
	},
	"commerce/test_ends_of_orders.py::TestFlows": {
		"test_an_address_of_nobody_gets_a_name_by_the_flow": (
			"commerce/sales/buyers:require_no_street", "Let the flow send a name, an e-mail address or a phone number with it",
		),
	},
	"commerce/test_special_orders.py::TestGiftCards": {
		"test_no_item_is_made_of_an_unknown_gift_card": (
			"commerce/sales/gift_cards:item_of", "Gift Card Item",
		),
		"test_a_gift_card_that_would_be_income_is_held_until_its_item_has_a_liability": (
			"commerce/sales/gift_cards:_require_liability", "Set a liability ledger account as Default Income Account",
		),
	},
	"commerce/test_ends_of_orders.py::TestOrders": {
		"test_more_pieces_than_the_order_had": (
			"commerce/sales/order_lines:take", "Compare the event with the order; correct the order",
		),
		"test_a_line_that_a_person_took_off": (
			"commerce/sales/order_lines:rows_of", "has been taken off order",
		),
		"test_a_rule_that_changes_the_total": (
			"commerce/sales/order_total:require_total", "prices of bundles by their components",
		),
	},
	"commerce/test_orders_of_others.py::TestOrdersOfOthers": {
		"test_two_orders_of_one_number_are_held_until_a_link_says_which": (
			"commerce/sales/order_search:_several", "Link the right one with it in account",
		),
		"test_one_charge_that_shop_and_gateway_tell_of_is_booked_once": (
			"commerce/money/same_number:require_none", "If it is this one, nothing is to be done",
		),
		"test_one_refund_that_shop_and_gateway_tell_of_is_booked_once": (
			"commerce/returns/paid_before:require_new", "If it is this refund, nothing is to be done",
		),
	},
	"commerce/test_ends_of_orders.py::TestStock": {
		"test_rows_that_erpnext_does_not_offer_for_delivery": (
			"commerce/stock/fulfilments:_deliver", "Deliver it by hand",
		),
		"test_a_parcel_that_failed_after_it_was_delivered": (
			"commerce/stock/not_left:why", "If it has not left after all",
		),
		"test_a_movement_of_a_batch": (
			"commerce/stock/movements:_require_simple", "does not say which of them moved",
		),
	},
	"commerce/test_stock_movements.py::TestMovements": {
		"test_one_that_comes_again_and_says_otherwise_is_held_with_both": (
			"commerce/stock/movements:require_same", "Correct by hand what was booked",
		),
	},
	"records/test_currency.py::TestCurrencyOfRecords": {
		"test_a_record_whose_amounts_were_converted_is_booked_once_the_flow_says_so": (
			"records/currency:_held", "say so in Currency of the record in flow",
		),
	},
	"commerce/test_which_article.py::TestUnits": {
		"test_the_barcode_of_a_box_without_a_unit": (
			"commerce/sales/plan_items:_require_unit_of_barcodes", "Let the source or the flow say the unit",
		),
		"test_pieces_of_a_row_that_counts_in_boxes_now": (
			"commerce/sales/order_lines:_require_unit", "Change it back and",
		),
	},
	"commerce/test_same_parcel.py::TestSameParcel": {
		"test_a_parcel_that_a_person_has_delivered_with_its_number": (
			"commerce/stock/same_parcel:require_none", "If it is another one, deliver parcel",
		),
	},
	"commerce/test_ends_of_orders.py::TestPartlyInvoiced": {
		"test_pieces_whose_taxes_are_invoiced_are_called_off_once_these_are_credited": (
			"commerce/returns/reductions:_require_uninvoiced", "for the difference, then",
		),
	},
	"records/test_row_origins.py::TestRowOrigins": {
		"test_an_article_of_two_rows_is_held": (
			"records/row_origins:place_of", "Map the row as well (",
		),
	},
	"records/test_rows_as_said.py::TestDecimals": {
		"test_a_rate_with_more_decimals_than_this_site_keeps": (
			"records/row_rates:_held", "it would come to",
		),
	},
	"records/test_documents_as_said.py::TestAsSaid": {
		"test_a_unit_that_the_item_does_not_have": (
			"records/row_units:_require_unit", "with its conversion factor to the table of units",
		),
	},
	"records/test_ends_of_holds.py::TestEnds": {
		"test_a_document_that_is_linked_with_another_id": (
			"records/finder:_refuse_second_link", "correct External id in its Sync Link",
		),
		"test_a_document_that_another_key_contradicts": (
			"records/matching:_refuse_contradiction", "or link the record with its document",
		),
		"test_a_record_that_is_not_here": (
			"records/write:_not_created", "Create its document and link it",
		),
		"test_a_name_that_is_a_document_of_another_company": (
			"records/matching:_refuse_other_company", "If it is meant, link the two",
		),
	},
	"operate/test_linking.py::TestLink": {
		"test_the_right_one_of_several": (
			"records/matching:_recognised", "Link with a Record Outside",
		),
	},
	"records/test_tables.py::TestTables": {
		"test_each_way_out_that_a_held_table_names": (
			"records/tables:_places", "or choose Remove for rows that a record leaves out",
		),
		"test_two_rows_with_one_key_can_be_told_apart_as_it_says": (
			"records/tables:_by_key", "Make them differ, or tick Key of the row for further columns in flow",
		),
	},
	"records/test_gone.py::TestTold": {
		"test_reported_it_waits_for_a_person_who_disables_it": (
			"records/removal:_done", "decides it for all",
		),
		"test_one_that_erpnext_does_not_let_go": (
			"records/removal:_deleted", "Remove what stands in the way",
		),
	},
	"records/test_gone.py::TestBothWays": {
		"test_changed_here_meanwhile": (
			"records/removal:_require_told", "was changed here meanwhile",
		),
	},
	"records/test_what_stands.py::TestPermissionLevels": {
		"test_a_new_document_that_would_lack_it_is_made_once_the_level_is_as_it_should_be": (
			"records/new_document:missed_in", "Correct that, then ",
		),
	},
}  # fmt: skip


def _every() -> Iterator[Case]:
	for group, tests in TRIED.items():
		for test, told in tests.items():
			for place, words in zip(told[::2], told[1::2], strict=True):
				yield Case(place, words, f"{group}::{test}")


CASES = tuple(_every())
