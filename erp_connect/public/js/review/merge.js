// Merges documents that are the same: one stays, the others go.

import { call } from "../shared/events";
import { form_link, html } from "../shared/html";

/** Asks which of the others go into the document that `stays`, and names them all; `done` after it. */
export function open_merge({ name: event }, { document_type, candidates }, stays, done) {
	const others = candidates.filter((one) => one.name !== stays);
	const dialog = erp_connect.dialog({
		title: __("Merge"),
		fields: [{ fieldname: "others", fieldtype: "HTML" }],
		primary_action_label: __("Merge"),
		primary_action: async () => {
			const chosen = $others.find("input:checked").get();
			if (!chosen.length)
				return frappe.show_alert({ message: __("Choose one of the documents first."), indicator: "orange" });
			const names = JSON.stringify(chosen.map((one) => one.value));
			await call("review.merge", { event, stays, others: names }, { freeze: true });
			dialog.hide();
			frappe.show_alert({ message: __("The event is queued again."), indicator: "green" });
			done();
		},
	});
	const $others = dialog.get_field("others").$wrapper;
	$others.html(
		String(html`<p>
				${__("This stays, and gets all that points at the others:")} ${form_link(document_type, stays)}
			</p>
			<p>${__("These are deleted, which cannot be undone:")}</p>
			${others.map(
				(one) => html`<div>
					<label>
						<input
							type="checkbox"
							class="mr-1"
							value="${one.name}"
							${others.length === 1 ? "checked" : ""}
						/>
						${form_link(document_type, one.name)}
					</label>
				</div>`
			)}`)
	);
	dialog.show();
}
