"use strict";

const API = "/api/method/erp_connect.api.v1.";

/** Call the API of the site that the user connected. Returns the answer's JSON. */
const call = async (z, bundle, name, body) => {
	const response = await z.request({
		url: `${site(bundle)}${API}${name}`,
		method: "POST",
		body: body || {},
	});
	return response.data;
};

/** Address of the site without a slash at its end. */
const site = (bundle) => String(bundle.authData.site || "").replace(/\/+$/, "");

/** Of every request: who calls, and for which account. */
const authenticate = (request, z, bundle) => {
	request.headers.Authorization = `token ${bundle.authData.api_key}:${bundle.authData.api_secret}`;
	if (bundle.authData.account) request.headers["X-ERP-Connect-Account"] = bundle.authData.account;
	return request;
};

/** Of every answer: an error is told in the site's own words, which say what to do. */
const explain = (response, z) => {
	if (response.status < 400) return response;
	const error = (response.data && response.data.error) || {};
	const message = error.message || `The site answered ${response.status}.`;
	if (response.status === 401) throw new z.errors.Error(message, error.code || "AuthenticationError", 401);
	if (response.status === 429) {
		throw new z.errors.ThrottledError(message, Number(response.getHeader("retry-after")) || 60);
	}
	throw new z.errors.Error(message, error.code || "error", response.status);
};

module.exports = { call, authenticate, explain };
