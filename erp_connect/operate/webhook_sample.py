"""How webhooks are signed, in words, and whether a sample of one fits: for a person who sets an account up."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from frappe import _

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.verify import own_form, sample
from erp_connect.core.verify.request import FUTURE, STALE, VerificationError
from erp_connect.core.verify.scheme import scheme_from_dict
from erp_connect.core.verify.types import Scheme
from erp_connect.core.verify.verification import check_secret, chosen
from erp_connect.operate import refusals

MAX_BODY = 100_000


def described(given: Mapping[str, Any]) -> dict[str, Any]:
	"""`form`, the answers that make a scheme, or None where the form cannot say it; `summary` in words.

	Raises ConfigurationError for what is no scheme.
	"""
	if given:
		scheme_from_dict(given)
	form = own_form.form_of(given)
	return {"form": form, "summary": _summary(form, given) if given else ""}


def made(form: Mapping[str, Any]) -> dict[str, Any]:
	"""`scheme`, the JSON that the answers of a form make, and `summary` in words. Raises ConfigurationError."""
	scheme = own_form.scheme_of(form)
	scheme_from_dict(scheme)
	return {
		"scheme": json.dumps(scheme, indent=1, ensure_ascii=False),
		"summary": _summary(own_form.form_of(scheme), scheme),
	}


def scheme_of(form: Mapping[str, Any]) -> Scheme:
	"""The scheme that the answers of a form make. Raises ConfigurationError."""
	return scheme_from_dict(own_form.scheme_of(form))


def verified(
	scheme: Scheme,
	form: dict[str, Any] | None,
	secrets: Sequence[Secret],
	*,
	headers: str,
	body: str,
	url: str,
) -> dict[str, Any]:
	"""Whether a sample fits a scheme: `ok`, `steps` ({ok, words}), and `would_fit` ({form, words}) or None.

	form: the answers that made the scheme, where it is one's own. headers: one a line. Raises ConfigurationError for a
	secret that cannot be used, and for a scheme without a signature.
	"""
	if len(body) > MAX_BODY:
		raise ConfigurationError(
			"The sample is longer than {limit} characters. Take a shorter one.", limit=MAX_BODY
		)
	request = sample.request_of("POST", url, headers, body)
	try:
		scheme = chosen(scheme, request)
	except VerificationError as error:
		return {"ok": False, "steps": [_said(False, refusals.words(error.reason))], "would_fit": None}
	if not scheme.signature:
		raise ConfigurationError(
			"This scheme has no signature that could be tried. Send a webhook, and look at the tab Status."
		)
	now = time.time()
	for secret in secrets:
		check_secret(scheme, secret, now)
	found = sample.examine(scheme, form, request, secrets, now)
	steps = [_said(step.ok, _words(step)) for step in found.steps]
	if found.line_ends:
		steps.append(
			_said(True, _("Lines in the pasted body end otherwise than in what was sent. That is no fault."))
		)
	fits = None
	if found.would_fit:
		fits = {
			"form": found.would_fit,
			"words": _summary(found.would_fit, own_form.scheme_of(found.would_fit)),
		}
	return {"ok": found.ok, "steps": steps, "would_fit": fits}


def _said(ok: bool, words: str) -> dict[str, Any]:
	return {"ok": ok, "words": words}


def _words(step: sample.Step) -> str:
	if step.ok:
		known = {
			sample.SIGNATURE: _("The signature is there: {0}"),
			sample.TIME: _("The time is there: {0}"),
			sample.FIT: _("The signature fits."),
			sample.TOPIC: _("Topic: {0}"),
			sample.ID: _("Id: {0}"),
		}
		return known[step.part].format(step.found[:100])
	if step.part == sample.AGE:
		late = _("The sample was signed too long ago to be taken now. As a sample it is as good as any.")
		early = _("The sample was signed in the future. Check the clocks of both sides.")
		return {STALE: late, FUTURE: early}[step.reason]
	known = {
		sample.SIGNATURE: _("The signature: {0}").format(refusals.words(step.reason)),
		sample.TIME: _("The time: {0}").format(refusals.words(step.reason)),
		sample.MESSAGE: _("What is signed: {0}").format(refusals.words(step.reason)),
		sample.FIT: _("The signature: {0}").format(refusals.words(step.reason)),
		sample.TOPIC: _("No topic stands where the scheme says."),
		sample.ID: _("No id stands where the scheme says: events are told apart by their content."),
	}
	return known[step.part]


def _summary(form: Mapping[str, Any] | None, scheme: Mapping[str, Any]) -> str:
	if form is None:
		return _("A scheme of the kind {0}, which only its JSON says.").format(scheme.get("kind"))
	signed = str(scheme.get("message", "{body}")).replace("\n", "\\n")
	parts = [
		_("HMAC by {0} of {1}, as {2}, in the header {3}.").format(
			form["algorithm"].upper(), signed, form["encoding"], form["header"]
		)
	]
	if form["style"] == own_form.PREFIXED:
		parts.append(_("Before it stands {0}.").format(form["prefix"]))
	elif form["style"] == own_form.PAIRS:
		parts.append(_("It stands behind {0}= there.").format(form["key"]))
	if form["secret_encoding"] != own_form.EMPTY["secret_encoding"]:
		parts.append(_("The secret is {0}.").format(form["secret_encoding"]))
	return " ".join(parts)
