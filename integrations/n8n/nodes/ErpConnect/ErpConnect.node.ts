import type { INodeType, INodeTypeDescription } from 'n8n-workflow';

import { properties } from './operations';

/** Records of an ERPNext site by the API of ERP Connect. All of it is data: n8n makes the requests. */
export class ErpConnect implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'ERP Connect',
		name: 'erpConnect',
		icon: 'fa:plug',
		group: ['transform'],
		version: 1,
		subtitle: '={{$parameter["operation"]}}',
		description: 'Create, update, get and delete records of an ERPNext site',
		defaults: { name: 'ERP Connect' },
		inputs: ['main'],
		outputs: ['main'],
		usableAsTool: true,
		credentials: [{ name: 'erpConnectApi', required: true }],
		requestDefaults: {
			baseURL: '={{$credentials.site.replace(new RegExp("/+$"), "")}}',
			headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
		},
		properties,
	};
}
