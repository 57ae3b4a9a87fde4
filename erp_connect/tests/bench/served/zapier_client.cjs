// Runs parts of the app for Zapier with Zapier's own platform: zapier_client.cjs APP, questions on stdin.
// NODE_PATH names the folder that holds zapier-platform-core.
"use strict";

const { readFileSync } = require("node:fs");
const path = require("node:path");
const core = require("zapier-platform-core");

// What the platform says of itself is not an answer.
console.log = () => {};
const folder = path.resolve(process.argv[2]);
const app = require(folder);
const { calls } = JSON.parse(readFileSync(0, "utf8"));

/** A part of the app by its place, such as triggers.record.operation.perform. */
const part = (place) => place.split(".").reduce((found, key) => found[key], app);

const answer = async ({ place, bundle }) => {
	if (place === "validate") {
		const handler = core.createAppHandler(path.join(folder, "index.js"));
		return (await handler({ command: "validate" })).results;
	}
	return core.createAppTester(app)(part(place), bundle);
};

const all = async () => {
	const answers = [];
	for (const call of calls) {
		try {
			answers.push({ ok: true, answer: await answer(call) });
		} catch (error) {
			answers.push({ ok: false, answer: error.message });
		}
	}
	process.stdout.write(`\nANSWERS${JSON.stringify(answers)}`);
};

all();
