"""What to do about an outcome, in plain words: for Test Connection, pulls and events that were not delivered.

Promises one or two sentences for every code an outcome can have, each naming the next step. Never repeats
what the receiver said and never holds a secret.
"""

from __future__ import annotations

from erp_connect.core.delivery.outcome import Outcome

ADVICE = {
	"delivered": "Nothing to do: the connection works.",
	"batch_under_way": "Nothing is to be done: what came of the record is asked for by itself.",
	"batch_lost": "Nothing is to be done at first: the record is sent anew. If it comes again, look in the other system why it forgets batches.",
	"batch_unfinished": "Look in the other system for what holds up its batches, or set Together in a batch from (tab Answer of the flow) to 0, so that each record is sent by itself.",
	"batch_unread": "Nothing is to be done at first: the results are asked for again on schedule. If it lasts, ask the operator of the other system.",
	"batch_unreadable": "Look in the other system whether the record was taken. Press Retry to send it anew, or Skip.",
	"refused": "Correct what the other system names in the document or in the flow, then press Retry.",
	"refused_together": "Nothing to do: each record is sent by itself, and what is wrong with one is told of that one.",
	"no_result": "Look there whether the record was taken. Correct Results in the answer and the keys of the flow (tab Answer) by what the attempt shows, then press Retry.",
	"part_taken": "Nothing is to be done: the next part is sent by itself.",
	"upload_ended": "Nothing is to be done while it is tried again: the file is sent from its beginning.",
	"list_goes_on": "Ask for more entries at once in the query of the step (tab Requests of the flow), or leave pageInfo of that list out if the rest is not needed; then press Retry.",
	"unjudged": "Look at the attempt and correct Success if (for batches: Item succeeded if) of the flow or the account, then press Retry.",
	"partial": "Look at the attempt. Enter Success if (for batches: Results in the answer and Item succeeded if) on the tab Answer of the flow, then press Retry.",
	"unexpected_content": "Check the base URL and the path: the address leads to a web page or a login form, not to the API.",
	"answer_cut": "Ask the other system for a smaller answer, or raise Largest answer of the account.",
	"unauthorized": "Check the key, user name or password of the account and for which environment they were issued; for OAuth, press Grant Access. Then press Resume.",
	"forbidden": "The credentials are right but lack a permission. Give the API user or the token the scope for this request at the other system.",
	"not_found": "Check the base URL, the API version and the path of the flow; a record may also have been deleted at the other system.",
	"gone": "The other system has removed this address. Get the new address from its operator, enter it and press Resume.",
	"conflict": "The record exists at the other system already, or was changed there. Link the document with that record (in its menu: Link with a Record Outside…) or correct it, then press Retry.",
	"invalid": "Compare the payload in the preview with the other system's documentation, correct the document or the flow, then press Retry.",
	"redirect": "Enter the final address as the base URL: https instead of http, with or without www, with or without a closing slash.",
	"rejected": "Check the method and the path of the flow against the other system's documentation, then press Retry.",
	"pending": "Nothing to do at first: it is asked again with the same key. If it lasts, ask the operator of the other system.",
	"exists": "If it is the same record, let External id in the answer (tab Answer of the flow) find its id in what the attempt shows, then press Retry: the document is linked with it and sent as an update. If it is another record with the same key, correct the document, then press Retry.",
	"record_gone": "Delete the Sync Link of this document and press Retry to create the record anew, or delete the document here as well.",
	"record_moved": "Nothing to do at first. If it has failed, press Retry: it is sent to the record by the id of then.",
	"nothing_to_do": "Nothing to do.",
	"changed": "Enter Address of a single record (tab Pull of the flow), then press Retry: the record is fetched, and the flow decides which change stands.",
	"changed_outside": "Nothing to do at first. If it has failed, the version of the fetched record was refused as well: correct ETag in the record (tab Incoming) and the header (tab Requests) by what the attempts show, then press Retry.",
	"changed_unread": "Look at the record in the other system. Press Retry to write over it with what stands here, or cancel the event to leave the record as it is.",
	"version_wanted": "Add the header If-Match to the flow (tab Requests, Headers and parameters), and enter ETag in the answer (tab Answer). For records that were linked before, fetch or compare them once. Then press Retry.",
	"throttled": "Nothing to do: sending goes on by itself. If it happens often, lower Requests per second of the account.",
	"not_yet": "Nothing to do at first: it is tried again on schedule. If it lasts, send the record it points to first.",
	"unavailable": "Nothing to do at first: it is tried again on schedule. If it lasts, ask the operator of the other system.",
	"ambiguous": "It is tried again, with the same key. If the other system ignores such keys, check there for a duplicate.",
	"unexpected_status": "Check that the base URL leads to the API itself and not to a proxy in front of it.",
	"dns": "Check the host name in the base URL for a typing mistake; if it is right, check the name server of this site.",
	"refused_connection": "Check the host and port in the base URL, and that the other system is running and accepts calls from this server.",
	"credentials": "Correct the authentication of the account (or press Grant Access), then press Resume.",
	"connect_timeout": "Check the host and port, and whether a firewall lets this server through; the other system may need its address on an allow list.",
	"tls": "Have the operator of the other system install a valid certificate for this host name with its full chain. The check cannot be turned off here.",
	"client_certificate": "Have the administrator of the site enter the certificate that the other system expects in the site configuration, or renew it. Then press Resume.",
	"proxy": "Have the administrator of the site check the proxy in the site configuration, and that the proxy allows the host of the other system. Sending then goes on by itself.",
	"blocked": "Addresses inside the private network are not called. If this one is meant, the administrator of the site allows its network in the site configuration.",
	"timeout": "It is tried again, with the same key. If it lasts, raise Read timeout of the account or ask the operator of the other system.",
	"reset": "Nothing to do at first: it is tried again on schedule. If it lasts, check proxies and firewalls on the way.",
	"lost": "It is tried again, with the same key. If it lasts, check proxies and firewalls on the way.",
	"decode": "Ask the operator of the other system to answer without compression.",
	"invalid_request": "Correct the header, address or value named in the message.",
}

# Where records are asked for, not sent.
FETCHING = {
	"refused": "Correct the path or the parameters of the pull by what the other system says, then pull or compare again.",
	"not_found": "Check the base URL, the API version and the path of the pull, then pull or compare again.",
	"gone": "If it is the place among the pages that has expired, the pull starts over by itself. If it comes again, get the new address from the operator of the other system and correct the path of the pull.",
	"conflict": "Wait until the other system has finished what it is doing, then pull or compare again.",
	"invalid": "Compare the request in the preview of the pull with the other system's documentation, correct the flow, then pull or compare again.",
	"rejected": "Compare the request in the preview of the pull with the other system's documentation, correct the flow, then pull or compare again.",
	"pending": "Nothing to do at first: the same page is asked for again on schedule.",
	"exists": "Correct the rules of the account under What answers mean: an answer to a question cannot mean that.",
	"changed": "Correct the rules of the account under What answers mean: an answer to a question cannot mean that.",
	"version_wanted": "Correct the method, the path or the headers of the pull by what the other system says, then pull or compare again.",
	"no_result": "Correct Records in the answer, on the tab Pull, then pull or compare again.",
	"unjudged": "Correct Success if of the account by what the attempt shows, then pull or compare again.",
	"partial": "Correct the path or the parameters of the pull by what the other system says, then pull or compare again.",
	"record_gone": "The record was deleted in the other system. If that is wrong, correct the rules of the account under What answers mean.",
	"throttled": "Nothing to do: it goes on by itself at the same page. If it happens often, lower Requests per second of the account.",
	"answer_cut": "Choose a smaller page size in the flow, or raise Largest answer of the account.",
	"not_yet": "Nothing to do at first: the same page is asked for again on schedule.",
	"ambiguous": "The same page is asked for again on schedule. If it lasts, choose a smaller page size.",
	"timeout": "The same page is asked for again on schedule. If it lasts, choose a smaller page size or raise Read timeout of the account.",
	"lost": "The same page is asked for again on schedule. If it lasts, check proxies and firewalls on the way.",
}

# Where a document was sent.
SENDING = {
	"not_found": "If its record was deleted at the other system, delete the Sync Link of this document, then press Retry to have it made there anew. Else check the base URL, the API version and the path of the flow.",
	"proxy": "Have the administrator of the site check the proxy in the site configuration, and that the proxy allows the host of the other system. Then press Retry for what has failed.",
}
# Of what was sent, their messages say themselves what to do.
SAY_IT = frozenset({"changed", "changed_unread", "batch_unreadable"})

# Codes of what may be over later, whose advice says that it is tried again; and the advice once that has ended.
PASSING = frozenset(
	{"pending", "not_yet", "ambiguous", "timeout", "lost", "unavailable", "reset", "throttled"}
)
NO_MORE = "It was tried on the whole schedule of the account, and is not any more. Ask the operator of the other system what is wrong there; then pull, load or compare again."
PASSING_SENT = PASSING | {"batch_lost", "batch_unread", "upload_ended"}
SENT_NO_MORE = "It was tried on the whole schedule of the account, and is not any more. See at the other system, or with its operator, what is wrong there and whether the record was taken, then press Retry."

UNKNOWN_CODE = "Open the attempt to see what was sent and what came back."


def explain(outcome: Outcome | str, *, fetching: bool = False, ended: bool = False) -> str:
	"""What a person should do next about an outcome, or about an outcome's code.

	fetching: records were asked for; ended: and that is not tried again any more.
	"""
	code = outcome if isinstance(outcome, str) else outcome.code
	if fetching and ended and code in PASSING:
		return NO_MORE
	return (FETCHING.get(code) if fetching else None) or ADVICE.get(code, UNKNOWN_CODE)


def of_event(code: str, *, failed: bool) -> str:
	"""What a person should do next about an event that was sent, by the code of its outcome; empty where its message says
	it, or the code is none of an exchange. failed: it is not tried again by itself."""
	if code not in ADVICE or code in SAY_IT:
		return ""
	if failed and code in PASSING_SENT:
		return SENT_NO_MORE
	return SENDING.get(code) or ADVICE[code]
