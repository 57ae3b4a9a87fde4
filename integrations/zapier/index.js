"use strict";

const authentication = require("./authentication");
const { authenticate, explain } = require("./call");
const upsert = require("./creates/upsert");
const find = require("./searches/record");
const entities = require("./triggers/entities");
const record = require("./triggers/record");

module.exports = {
	version: require("./package.json").version,
	platformVersion: require("zapier-platform-core").version,
	authentication,
	// Errors are read by `explain`, which knows the site's own words.
	flags: { skipThrowForStatus: true },
	beforeRequest: [authenticate],
	afterResponse: [explain],
	triggers: { [entities.key]: entities, [record.key]: record },
	searches: { [find.key]: find },
	creates: { [upsert.key]: upsert },
};
