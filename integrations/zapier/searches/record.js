"use strict";

const { call } = require("../call");
const { entity } = require("../fields");

const NOT_FOUND = 404;

module.exports = {
	key: "find",
	noun: "Record",
	display: {
		label: "Find Record",
		description: "Finds a record in ERPNext by its name there, or by the ID of the app that it came from.",
	},
	operation: {
		inputFields: [
			{ ...entity, altersDynamicFields: false },
			{ key: "name", label: "Name in ERPNext" },
			{ key: "external_id", label: "ID" },
		],
		perform: async (z, bundle) => {
			const { entity: kind, name, external_id } = bundle.inputData;
			try {
				const record = await call(z, bundle, "get", { entity: kind, name, external_id });
				return [{ id: record.name, ...record }];
			} catch (error) {
				if (error.status === NOT_FOUND || isMissing(error)) return [];
				throw error;
			}
		},
		sample: { id: "CRM-LEAD-2026-00001", name: "CRM-LEAD-2026-00001", external_id: "A-1" },
	},
};

/** Zapier's errors carry what they are as JSON in their message. */
const isMissing = (error) => {
	try {
		return JSON.parse(error.message).code === "not_found";
	} catch {
		return false;
	}
};
