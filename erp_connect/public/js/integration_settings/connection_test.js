// What Test Connection said.

import { html, pill } from "../shared/html";

/** Shows the answer of `accounts.test_connection`; of several checks each, with what to do about it. */
export function show_connection_test(answer) {
	const { ok, checks = [] } = answer;
	frappe.msgprint({
		title: ok ? __("Connected") : __("Not connected"),
		indicator: ok ? "green" : "red",
		message: String(checks.length ? html`${checks.map(check)}` : call(answer)),
	});
}

function check(answer) {
	const colour = { true: "green", false: "red" }[answer.ok] || "gray";
	const told = { true: __("Good"), false: __("Failed") }[answer.ok] || __("Not called");
	return html`<h6 class="mt-3">${answer.title} ${pill(told, colour)}</h6>
		${call(answer)}`;
}

function call({ message, advice, called, status, milliseconds }) {
	return html`<p>${message}</p>
		${advice && html`<p><b>${__("What to do:")}</b> ${advice}</p>`}
		${called &&
		html`<table class="table table-sm small mb-0">
			<tbody>
				${row(__("Called"), html`<code>${called}</code>`)}
				${row(__("Status"), status || __("No answer"))}
				${row(__("Time"), __("{0} ms", [milliseconds]))}
			</tbody>
		</table>`}`;
}

function row(label, value) {
	return html`<tr>
		<th scope="row" class="text-muted" style="width: 25%; font-weight: normal">${label}</th>
		<td style="overflow-wrap: anywhere">${value}</td>
	</tr>`;
}
