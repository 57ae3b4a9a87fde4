"""Secrets in the body of a webhook are not kept, and everything else of it is."""

from __future__ import annotations

import json

import pytest

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import MASK
from erp_connect.core.verify.body_secrets import reply_address, without_secrets
from erp_connect.core.verify.scheme import scheme_from_dict
from erp_connect.tests.unit.core.verify.schemes import SCHEMES

ADDRESS = "https://hooks.slack.com/actions/T1/2/AbCdEfGhIjKlMnOp"
SIGNED = {"kind": "hmac", "signature": {"header": "X-Signature", "encoding": "hex"}}


def slack(payload, **more):
	return {"payload": json.dumps(payload), **more}


def test_a_pressed_button_is_kept_without_its_address_and_its_old_token():
	scheme = scheme_from_dict(SCHEMES["slack"])
	payload = {
		"type": "block_actions",
		"token": "Shh_its_a_seekrit",
		"response_url": ADDRESS,
		"response_urls": [{"block_id": "b", "response_url": ADDRESS + "2"}],
		"message": {"text": f"see {ADDRESS} and <ü>"},
	}
	kept = without_secrets(scheme, slack(payload))
	assert json.loads(kept["payload"]) == {
		**payload,
		"token": MASK,
		"response_url": MASK,
		"response_urls": [{"block_id": "b", "response_url": MASK}],
		"message": {"text": f"see {MASK} and <ü>"},
	}
	assert reply_address(scheme, slack(payload)) == ADDRESS
	assert reply_address(scheme, kept) == MASK


def test_a_token_that_proves_the_request_is_never_kept():
	scheme = scheme_from_dict(SCHEMES["zoho_crm"])
	told = {"token": "made-here-7781", "module": "Leads", "ids": ["1"], "channel_id": 1000000068002}
	assert without_secrets(scheme, told) == {**told, "token": MASK}
	assert without_secrets(scheme, {**told, "token": 10_000_007})["token"] == MASK


@pytest.mark.parametrize("told", [[], "x", None, {"payload": "no JSON"}, {"payload": "[1"}, {"payload": 1}])
def test_a_body_of_another_form_stays_as_it_is(told):
	scheme = scheme_from_dict(SCHEMES["slack"])
	assert without_secrets(scheme, told) == told
	assert reply_address(scheme, told) == ""


def test_what_is_no_secret_keeps_its_writing():
	scheme = scheme_from_dict({**SIGNED, "secrets": {"body": "pin"}})
	told = {"pin": "1", "lines": [1, 1.0, True, "21", {"pin": "1"}], "text": '{"a": 1.10}'}
	assert without_secrets(scheme, told) == {
		**told,
		"pin": MASK,
		"lines": [1, 1.0, True, "21", {"pin": MASK}],
	}


def test_a_place_may_name_several():
	scheme = scheme_from_dict({**SIGNED, "secrets": [{"body": "[keys, owner]"}]})
	told = {"keys": ["k1", "k2"], "owner": {"key": "k3", "age": 7}, "id": "k4"}
	assert without_secrets(scheme, told) == {
		"keys": [MASK, MASK],
		"owner": {"key": MASK, "age": 7},
		"id": "k4",
	}


def test_only_fields_of_the_body_can_be_hidden():
	with pytest.raises(ConfigurationError) as refused:
		scheme_from_dict({**SIGNED, "secrets": {"header": "X-Token"}})
	assert refused.value.params["setting"] == "secrets"
