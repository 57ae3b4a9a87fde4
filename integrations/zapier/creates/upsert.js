"use strict";

const { call } = require("../call");
const { entity, ofEntity, recordOf } = require("../fields");

module.exports = {
	key: "upsert",
	noun: "Record",
	display: {
		label: "Create or Update Record",
		description: "Creates a record in ERPNext, or updates the one that is there already.",
	},
	operation: {
		inputFields: [
			entity,
			{
				key: "id",
				label: "ID",
				required: true,
				helpText:
					"The record's ID in the app that it comes from. With the same ID the same record is updated the next time.",
			},
			ofEntity,
		],
		perform: (z, bundle) =>
			call(z, bundle, "upsert", {
				entity: bundle.inputData.entity,
				record: recordOf(bundle.inputData),
			}),
		sample: { action: "created", doctype: "Lead", name: "CRM-LEAD-2026-00001", external_id: "A-1" },
	},
};
