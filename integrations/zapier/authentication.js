"use strict";

const { call } = require("./call");

module.exports = {
	type: "custom",
	fields: [
		{
			key: "site",
			label: "Site",
			required: true,
			helpText: "Address of your ERPNext site, such as https://erp.example.com",
		},
		{
			key: "api_key",
			label: "API Key",
			required: true,
			helpText:
				"In ERPNext, open the user as whom Zapier shall act, **Settings → API Access → Generate Keys**. An account of ERP Connect acts as this user.",
		},
		{ key: "api_secret", label: "API Secret", type: "password", required: true },
		{
			key: "account",
			label: "Account",
			helpText: "Name of the account of ERP Connect. Only needed where several accounts act as this user.",
		},
	],
	test: (z, bundle) => call(z, bundle, "me"),
	connectionLabel: "{{account}} ({{site}})",
};
