/** Lets secrets of outside systems be typed without Frappe's advice on passwords: nobody here has chosen them. */
export function plain_secrets(wrapper) {
	$(wrapper)
		.off("focusin.erp_connect_secrets")
		.on("focusin.erp_connect_secrets", "input[data-fieldtype='Password']", ({ target }) => {
			// A cell of a table makes its control when it is opened.
			const holder = $(target)
				.parents()
				.get()
				.find((element) => element.fieldobj);
			holder?.fieldobj.disable_password_checks?.();
		});
}
