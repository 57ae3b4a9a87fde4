"use strict";

const { call } = require("../call");

/** Fills the choice of an entity; nobody sees it as a trigger. */
module.exports = {
	key: "entities",
	noun: "Entity",
	display: {
		label: "Kinds of Record",
		description: "Lists the kinds of record that the account offers.",
		hidden: true,
	},
	operation: {
		perform: async (z, bundle) => {
			const { entities } = await call(z, bundle, "describe");
			return entities.map(({ entity, doctype }) => ({ id: entity, name: `${entity} (${doctype})` }));
		},
	},
};
