// The fields of the dialog in which a signature of one's own is described, and verified by a sample.

const TIMED = "['timestamp_body','body_timestamp','id_timestamp_body','timestamp_url_body','method_path_timestamp_body','other'].includes(doc.signed)";
const WITH_URL = "['url_body','timestamp_url_body','method_path_body','method_path_timestamp_body','other'].includes(doc.signed)";

/** The questions whose answers make a scheme. */
export const ANSWERS = [
	"signed", "separator", "message", "header", "style", "prefix", "key", "encoding", "algorithm", "secret_encoding",
	"timestamp_header", "timestamp_key", "timestamp_unit", "tolerance", "id_header", "id_path", "topic_header", "topic_path",
];

function options(pairs) {
	return pairs.map(([value, label]) => ({ value, label }));
}

/** What is asked of a signature. */
export function questions() {
	return [
		{
			fieldname: "signed",
			fieldtype: "Select",
			label: __("What is signed"),
			options: options([
				["body", __("The body")],
				["timestamp_body", __("Time, separator, body")],
				["body_timestamp", __("Body, separator, time")],
				["id_timestamp_body", __("Id, time and body, with separators")],
				["url_body", __("Address, separator, body")],
				["timestamp_url_body", __("Time, address and body, with separators")],
				["method_path_body", __("Method, path and body, with separators")],
				["method_path_timestamp_body", __("Method, path, time and body, with separators")],
				["other", __("Something else")],
			]),
		},
		{
			fieldname: "message",
			fieldtype: "Data",
			label: __("Signed text"),
			depends_on: "eval:doc.signed == 'other'",
			mandatory_depends_on: "eval:doc.signed == 'other'",
			description: __(
				"With these parts: {body} {body_base64} {body_sha256} {timestamp} {id} {method} {url} {path} {query} {header.NAME} {field.NAME}"
			),
		},
		{
			fieldname: "separator",
			fieldtype: "Data",
			label: __("Separator"),
			depends_on: "eval:!['body','other'].includes(doc.signed)",
			description: __("What stands between the parts, often a dot. \\n is a line break; empty: nothing."),
		},
		{ fieldtype: "Column Break" },
		{
			fieldname: "algorithm",
			fieldtype: "Select",
			label: __("Algorithm"),
			options: ["sha256", "sha512", "sha384", "sha224", "sha1", "md5", "sha3_256", "sha3_512"],
		},
		{ fieldname: "encoding", fieldtype: "Select", label: __("Encoding"), options: ["hex", "base64"] },
		{
			fieldname: "secret_encoding",
			fieldtype: "Select",
			label: __("The secret is"),
			options: options([
				["utf8", __("Text, as it is")],
				["base64", "base64"],
				["hex", "hex"],
				["whsec", "whsec_…"],
			]),
		},
		{ fieldtype: "Section Break", label: __("Where it stands") },
		{
			fieldname: "header",
			fieldtype: "Data",
			label: __("Header of the signature"),
			reqd: 1,
			placeholder: "X-Signature",
		},
		{
			fieldname: "style",
			fieldtype: "Select",
			label: __("The header holds"),
			options: options([
				["alone", __("The signature alone")],
				["prefix", __("A prefix, then the signature")],
				["pairs", __("Pairs, such as t=…,v1=…")],
			]),
		},
		{
			fieldname: "prefix",
			fieldtype: "Data",
			label: __("Prefix"),
			depends_on: "eval:doc.style == 'prefix'",
			mandatory_depends_on: "eval:doc.style == 'prefix'",
			placeholder: "sha256=",
		},
		{
			fieldname: "key",
			fieldtype: "Data",
			label: __("Name of the signature"),
			depends_on: "eval:doc.style == 'pairs'",
			mandatory_depends_on: "eval:doc.style == 'pairs'",
			placeholder: "v1",
		},
		{ fieldtype: "Column Break" },
		{
			fieldname: "timestamp_key",
			fieldtype: "Data",
			label: __("Name of the time"),
			depends_on: `eval:doc.style == 'pairs' && ${TIMED}`,
			placeholder: "t",
			description: __("Among the pairs; empty where the time has a header of its own."),
		},
		{
			fieldname: "timestamp_header",
			fieldtype: "Data",
			label: __("Header of the time"),
			depends_on: `eval:${TIMED} && !(doc.style == 'pairs' && doc.timestamp_key)`,
			placeholder: "X-Timestamp",
		},
		{
			fieldname: "timestamp_unit",
			fieldtype: "Select",
			label: __("The time is written as"),
			depends_on: `eval:${TIMED}`,
			options: options([
				["s", __("Seconds since 1970")],
				["ms", __("Milliseconds since 1970")],
				["iso", __("Date and time (ISO 8601)")],
			]),
		},
		{
			fieldname: "tolerance",
			fieldtype: "Int",
			label: __("So many seconds off are accepted"),
			depends_on: `eval:${TIMED}`,
			description: __("0: any. A limit keeps recorded webhooks from being sent again later."),
		},
		{ fieldtype: "Section Break", label: __("Topic and id") },
		{
			fieldname: "topic_header",
			fieldtype: "Data",
			label: __("Header of the topic"),
			placeholder: "X-Topic",
			description: __("What a webhook is about, by which flows are chosen."),
		},
		{ fieldname: "topic_path", fieldtype: "Data", label: __("or path in the body"), placeholder: "event.type" },
		{ fieldtype: "Column Break" },
		{
			fieldname: "id_header",
			fieldtype: "Data",
			label: __("Header of the id"),
			placeholder: "X-Event-Id",
			description: __("By it, one that is sent again is known. Without it, equal bodies are one."),
		},
		{ fieldname: "id_path", fieldtype: "Data", label: __("or path in the body"), placeholder: "event.id" },
	];
}

/** What Verify a Sample takes. asks: questions() stand above. */
export function sample_fields(asks) {
	return [
		...(asks ? [{ fieldtype: "Section Break", label: __("Verify this sample") }] : []),
		{
			fieldname: "sample_headers",
			fieldtype: "Small Text",
			label: __("Headers of a webhook"),
			description: __("One a line, as Name: value, as the sender or a tool such as webhook.site shows them."),
		},
		{ fieldtype: "Column Break" },
		{
			fieldname: "sample_body",
			fieldtype: "Small Text",
			label: __("Its body, as it was sent"),
			description: __("Nothing is stored."),
		},
		{ fieldtype: "Section Break" },
		{
			fieldname: "sample_url",
			fieldtype: "Data",
			label: __("Address it was sent to"),
			depends_on: asks ? `eval:${WITH_URL}` : "",
			description: __("Empty: the webhook address of this account."),
		},
		{
			fieldname: "sample_secret",
			fieldtype: "Password",
			label: __("Secret it was signed with"),
			description: __("Empty: the Webhook secret of this account."),
		},
		...(asks ? [{ fieldname: "verify", fieldtype: "Button", label: __("Verify") }] : []),
		{ fieldname: "result", fieldtype: "HTML" },
	];
}
