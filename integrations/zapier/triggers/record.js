"use strict";

const { call } = require("../call");
const { entity } = require("../fields");

const event = {
	key: "event",
	label: "Event",
	required: true,
	default: "created",
	choices: {
		created: "Created",
		updated: "Updated",
		submitted: "Submitted",
		cancelled: "Cancelled",
		deleted: "Deleted",
	},
};

module.exports = {
	key: "record",
	noun: "Record",
	display: {
		label: "Record Changed",
		description: "Triggers when a record in ERPNext is created, updated, submitted, cancelled or deleted.",
	},
	operation: {
		type: "hook",
		inputFields: [entity, event],
		performSubscribe: (z, bundle) =>
			call(z, bundle, "subscribe", { ...chosen(bundle), target_url: bundle.targetUrl }),
		performUnsubscribe: (z, bundle) => call(z, bundle, "unsubscribe", { id: bundle.subscribeData.id }),
		perform: (z, bundle) => [bundle.cleanedRequest],
		performList: async (z, bundle) => (await call(z, bundle, "sample", { ...chosen(bundle), limit: 3 })).records,
		sample: {
			event: "created",
			id: "CRM-LEAD-2026-00001",
			name: "CRM-LEAD-2026-00001",
			modified: "2026-11-28 10:00:00.000000",
		},
	},
};

const chosen = ({ inputData }) => ({ entity: inputData.entity, event: inputData.event });
