// Calls the API with frappe-js-sdk, as a shop written in JavaScript would: sdk_client.mjs FOLDER, questions on stdin.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { FrappeApp } = createRequire(`${process.argv[2]}/`)("frappe-js-sdk");
const { url, token, calls } = JSON.parse(readFileSync(0, "utf8"));
const api = new FrappeApp(url, { useToken: true, token: () => token, type: "token" }).call();

const answers = [];
for (const { verb, name, body } of calls) {
	try {
		answers.push({ ok: true, answer: await api[verb](`erp_connect.api.v1.${name}`, body) });
	} catch (error) {
		answers.push({ ok: false, status: error.httpStatus, answer: error.error });
	}
}
console.log(JSON.stringify(answers));
