"use strict";

const { call } = require("./call");

const TYPES = {
	Int: "integer",
	Float: "number",
	Currency: "number",
	Percent: "number",
	Check: "boolean",
	Date: "datetime",
	Datetime: "datetime",
	"Small Text": "text",
	Text: "text",
	"Long Text": "text",
};

/** The choice of an entity, from those that the account offers. */
const entity = {
	key: "entity",
	label: "Kind of Record",
	required: true,
	dynamic: "entities.id.name",
	altersDynamicFields: true,
	helpText: "Flows of the account in ERPNext that are offered by the API.",
};

/** A field for each value of a record of the chosen entity; rows of tables cannot be typed into a form. */
const ofEntity = async (z, bundle) => {
	if (!bundle.inputData.entity) return [];
	const { entities } = await call(z, bundle, "describe", { entity: bundle.inputData.entity });
	return entities.flatMap(({ fields }) => fields.filter((field) => !field.path.includes("["))).map(asInput);
};

const asInput = (field) => ({
	key: field.path.replaceAll(".", "__"),
	label: field.path,
	required: false,
	type: TYPES[field.type] || "string",
	helpText: [
		`${field.field} in ERPNext.`,
		field.required ? "Needed for a new record." : "",
		field.match_key ? "A record that is there already is found by it." : "",
	]
		.filter(Boolean)
		.join(" "),
});

/** The record that was entered, in the shape that the flow reads. */
const recordOf = (inputData) => {
	const record = {};
	for (const [key, value] of Object.entries(inputData)) {
		if (key === "entity" || value === undefined || value === "") continue;
		const path = key.split("__");
		const last = path.pop();
		let place = record;
		for (const part of path) place = place[part] ??= {};
		place[last] = value;
	}
	return record;
};

module.exports = { entity, ofEntity, recordOf };
