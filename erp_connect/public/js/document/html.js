// Markup in which every value is escaped unless it is markup made here.
//
// Payloads and answers come from outside systems and may hold hostile HTML, so no other
// module of this app puts text into markup by itself.

class Markup {
	constructor(text) {
		this.text = text;
	}

	toString() {
		return this.text;
	}
}

function piece(value) {
	if (value instanceof Markup) return value.text;
	if (Array.isArray(value)) return value.map(piece).join("");
	if (value === null || value === undefined || value === false) return "";
	return frappe.utils.escape_html(value === 0 ? "0" : value);
}

/** Template tag: html`<b>${text}</b>` escapes `text`; lists are joined; null and false are left out. */
export function html(strings, ...values) {
	return new Markup(strings.reduce((text, part, i) => text + piece(values[i - 1]) + part));
}

/** Markup from a text that this app itself translated, with <b> and the like in it. */
export function trusted(text) {
	return new Markup(text);
}

/**
 * A block of code, escaped, with a scroll bar when it is long. Frappe 16 would colour it, and make it white on the dark
 * theme.
 */
export function code_block(text) {
	return html`<pre
		class="small mb-2 nohighlight"
		style="max-height: 24rem; color: var(--text-color); overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere"
	>
${text}</pre
	>`;
}

/** JSON text indented; anything else as it is. */
export function pretty(text) {
	if (typeof text !== "string") return JSON.stringify(text, null, 2);
	try {
		// Numbers too large for JavaScript must be shown as they were sent.
		return /\d{16}/.test(text) ? text : JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return text;
	}
}

/** A table; `columns`: labels, `rows`: lists of cells. */
export function table(columns, rows) {
	// On a phone it is pushed sideways.
	return html`<div class="table-responsive">
		<table class="table table-bordered table-sm small mt-0 mb-2" style="min-width: ${8 * columns.length}rem">
			<thead>
				<tr class="text-muted">
					${columns.map((label) => html`<th scope="col">${label}</th>`)}
				</tr>
			</thead>
			<tbody>
				${rows.map(
					(cells) =>
						html`<tr>
							${cells.map((cell) => html`<td>${cell}</td>`)}
						</tr>`
				)}
			</tbody>
		</table>
	</div>`;
}

/** A link that opens within Desk; `label` is escaped, or markup. */
export function desk_link(path, label) {
	// Frappe 16 has Desk at /desk, and would load all of it anew for a link to /app.
	const desk = frappe.router.is_app_route("/desk") ? "/desk/" : "/app/";
	// Frappe gives links the colour of the text around them.
	return html`<a class="erp-connect-link" href="${path.replace(/^\/app\//, desk)}">${label}</a>`;
}

export function form_path(doctype, name) {
	return `/app/${frappe.router.slug(doctype)}/${encodeURIComponent(name)}`;
}

export function form_link(doctype, name, label = name) {
	return desk_link(form_path(doctype, name), label);
}

/** A link to an outside page; anything but http and https is shown as text. */
export function outside_link(address, label = address) {
	if (!/^https?:\/\//i.test(address || "")) return html`${label}`;
	return html`<a class="erp-connect-link" href="${address}" target="_blank" rel="noopener noreferrer">${label}</a>`;
}

export function pill(label, colour) {
	return html`<span class="indicator-pill ${colour}">${label}</span>`;
}

export function muted(text) {
	return html`<p class="text-muted small mb-2">${text}</p>`;
}

/** A moment as "2 hours ago", with the exact time as its title. */
export function moment_ago(value) {
	return value ? trusted(frappe.datetime.comment_when(value)) : html`–`;
}
