// Runs the node for n8n with n8n's own engine: n8n_client.cjs NODES, questions on stdin.
// NODES: folder of the compiled package. NODE_PATH names the folder that holds n8n-core and n8n-workflow.
"use strict";

const { readFileSync } = require("node:fs");
const path = require("node:path");
const { ExecuteContext, LoadOptionsContext, RoutingNode } = require("n8n-core");
const { ICredentialsHelper, NodeHelpers, Workflow } = require("n8n-workflow");

const folder = path.resolve(process.argv[2]);
const { ErpConnect } = require(path.join(folder, "nodes/ErpConnect/ErpConnect.node.js"));
const { ErpConnectApi } = require(path.join(folder, "credentials/ErpConnectApi.credentials.js"));
const { credentials, calls } = JSON.parse(readFileSync(0, "utf8"));
const nodeType = new ErpConnect();
const credentialType = new ErpConnectApi();
const nodeTypes = { getByName: () => nodeType, getByNameAndVersion: () => nodeType, getKnownTypes: () => ({}) };

/** Expressions of the credentials, as n8n fills them in. */
const filled = (workflow, node, value) =>
	workflow.expression.getSimpleParameterValue(node, value, "internal", { $credentials: credentials }, undefined, "");

class Credentials extends ICredentialsHelper {
	getParentTypes() {
		return [];
	}
	async getDecrypted() {
		return credentials;
	}
	async getCredentials() {
		return { name: "test", type: credentialType.name };
	}
	async preAuthentication() {
		return undefined;
	}
	async runPreAuthentication() {
		return undefined;
	}
	getCredentialsProperties() {
		return credentialType.properties;
	}
	async authenticate(data, type, options, workflow, node) {
		for (const [name, value] of Object.entries(credentialType.authenticate.properties.headers)) {
			options.headers = { ...options.headers, [name]: filled(workflow, node, value) };
		}
		return options;
	}
	async updateCredentials() {}
}

const setUp = (parameters) => {
	const node = {
		id: "1", name: "ERP Connect", type: "erpConnect", typeVersion: 1, position: [0, 0],
		credentials: { [credentialType.name]: { id: "1", name: "test" } }, parameters: {},
	};
	node.parameters = NodeHelpers.getNodeParameters(nodeType.description.properties, parameters, true, false, node, nodeType.description);
	const workflow = new Workflow({ id: "1", nodes: [node], connections: {}, active: false, nodeTypes });
	return { node, workflow, additionalData: { credentialsHelper: new Credentials(), currentNodeParameters: node.parameters } };
};

const run = async (parameters) => {
	const { node, workflow, additionalData } = setUp(parameters);
	const issues = NodeHelpers.getNodeParametersIssues(nodeType.description.properties, node, nodeType.description);
	if (issues) throw new Error(JSON.stringify(issues));
	const input = [{ json: {} }];
	const runData = { resultData: { runData: {} }, executionData: { contextData: {}, nodeExecutionStack: [], metadata: {} } };
	const executeData = { data: { main: [input] }, node, source: null };
	const context = new ExecuteContext(
		workflow, node, additionalData, "manual", runData, 0, input, { main: [input] }, executeData, [],
	);
	const [items] = await new RoutingNode(context, nodeType).runNode();
	return items.map((item) => item.json);
};

/** The choices of a list, as n8n loads them by the routing of the property. */
const choices = async (property) => {
	const { loadOptions } = nodeType.description.properties.find((one) => one.name === property).typeOptions;
	const { node, workflow, additionalData } = setUp({});
	const asked = {
		description: {
			...nodeType.description,
			properties: [{ displayName: "", type: "string", name: "", default: "", routing: loadOptions.routing }],
		},
	};
	const runData = { resultData: { runData: {} }, executionData: { contextData: {}, nodeExecutionStack: [], metadata: {} } };
	const input = [{ json: {} }];
	const context = new ExecuteContext(
		workflow, node, additionalData, "internal", runData, 0, input, { main: [input] }, { data: { main: [input] }, node, source: null }, [],
	);
	const [items] = await new RoutingNode(context, asked).runNode();
	return items.map((item) => item.json);
};

const all = async () => {
	const answers = [];
	for (const { parameters, property } of calls) {
		try {
			answers.push({ ok: true, answer: property ? await choices(property) : await run(parameters) });
		} catch (error) {
			answers.push({ ok: false, answer: [error.message, error.description].filter(Boolean).join(" ") });
		}
	}
	// n8n's engine would keep the process waiting.
	process.stdout.write(`\nANSWERS${JSON.stringify(answers)}`, () => process.exit(0));
};

all();
