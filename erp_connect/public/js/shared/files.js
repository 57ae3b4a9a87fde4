/** Lets the browser save a text as a file. */
export function save_file(name, text) {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
	link.download = name;
	link.click();
	URL.revokeObjectURL(link.href);
}
