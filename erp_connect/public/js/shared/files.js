import { html } from "./html";

/** Puts an input for a file of JSON into a field of a dialog, and returns it. */
export function file_input(dialog, fieldname, label) {
	const { $wrapper } = dialog.get_field(fieldname);
	const id = `erp-connect-${fieldname}`;
	$wrapper.html(
		String(html`<label class="control-label" for="${id}">${label}</label>
			<input id="${id}" type="file" accept=".json,application/json" class="d-block mb-3" />`)
	);
	return $wrapper.find("input").get(0);
}

/** The text of the file that was chosen; says so where none was. */
export function chosen_text(input) {
	const [file] = input.files;
	if (!file) frappe.throw(__("Choose the file first."));
	return file.text();
}

/** Lets the browser save a text as a file. */
export function save_file(name, text) {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
	link.download = name;
	link.click();
	URL.revokeObjectURL(link.href);
}
