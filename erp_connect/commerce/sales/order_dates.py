"""The days of an order as ERPNext keeps them: one rule for all that orders say."""

from __future__ import annotations

from datetime import date

from frappe import _
from frappe.utils import getdate

from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.core.commerce.order.model import Order
from erp_connect.records import site_time


def date_of(order: Order) -> str:
	"""The date of an order as ERPNext keeps it; today for one that names none."""
	return str(site_time.day_of(order.date))


def delivery_day(stated: str, ordered: str | date, fitter: Fitter) -> date:
	"""When an order is to be delivered. stated: as its source says; empty: on the day it was `ordered`.

	Never before that day, which ERPNext refuses; the fitter remembers what was said.
	"""
	first = getdate(ordered)
	wanted = site_time.day_of(stated) if stated and not site_time.is_none(stated) else first
	return fitter.day(_("Delivery Date"), wanted, first)
