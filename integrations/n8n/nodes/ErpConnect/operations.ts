import type { INodeProperties } from 'n8n-workflow';

const API = '/api/method/erp_connect.api.v1.';
const PAGE = 100;

const only = (...operation: string[]) => ({ show: { operation } });

const entity: INodeProperties = {
	displayName: 'Entity Name or ID',
	name: 'entity',
	type: 'options',
	noDataExpression: false,
	default: '',
	required: true,
	description:
		'Kind of record that the account offers. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	typeOptions: {
		loadOptions: {
			routing: {
				request: { method: 'POST', url: `${API}describe`, body: {} },
				output: {
					postReceive: [
						{ type: 'rootProperty', properties: { property: 'entities' } },
						{
							type: 'setKeyValue',
							properties: {
								name: '={{$responseItem.entity}} ({{$responseItem.doctype}})',
								value: '={{$responseItem.entity}}',
							},
						},
						{ type: 'sort', properties: { key: 'name' } },
					],
				},
			},
		},
	},
	routing: { send: { type: 'body', property: 'entity' } },
};

const operation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: 'upsert',
	options: [
		{
			name: 'Create or Update',
			value: 'upsert',
			action: 'Create or update a record',
			description: 'Create a new record, or update the current one if it already exists (upsert)',
			routing: { request: { method: 'POST', url: `${API}upsert` } },
		},
		{
			name: 'Delete',
			value: 'delete',
			action: 'Delete a record',
			description: 'Delete a record permanently, where its flow allows that',
			routing: { request: { method: 'POST', url: `${API}delete` } },
		},
		{
			name: 'Get',
			value: 'get',
			action: 'Get a record',
			description: 'Retrieve a record by its ID',
			routing: { request: { method: 'POST', url: `${API}get` } },
		},
		{
			name: 'Get Many',
			value: 'getAll',
			action: 'Get many records',
			description: 'Retrieve a list of records',
			routing: {
				request: { method: 'POST', url: `${API}list` },
				output: { postReceive: [{ type: 'rootProperty', properties: { property: 'records' } }] },
			},
		},
	],
};

const record: INodeProperties = {
	displayName: 'Record',
	name: 'record',
	type: 'json',
	default: '{\n  "id": ""\n}',
	required: true,
	description: "The record in the shape that the flow reads, with the ID that it has where it comes from",
	displayOptions: only('upsert'),
	routing: { send: { type: 'body', property: 'record', value: '={{JSON.parse($value)}}' } },
};

/** A part of the body that is left out when it is empty. */
const sent = (property: string) => ({ send: { type: 'body' as const, property, value: '={{$value || undefined}}' } });

const externalId: INodeProperties = {
	displayName: 'External ID',
	name: 'externalId',
	type: 'string',
	default: '',
	description: 'ID of the record where it comes from. Either this or its name in ERPNext.',
	displayOptions: only('get', 'delete'),
	routing: sent('external_id'),
};

const name: INodeProperties = {
	displayName: 'Name in ERPNext',
	name: 'name',
	type: 'string',
	default: '',
	displayOptions: only('get', 'delete'),
	routing: sent('name'),
};

const modifiedFrom: INodeProperties = {
	displayName: 'Modified From',
	name: 'modifiedFrom',
	type: 'dateTime',
	default: '',
	description: 'Only records that were changed then or later',
	displayOptions: only('getAll'),
	routing: sent('modified_from'),
};

const returnAll: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
	displayOptions: only('getAll'),
	routing: {
		send: { paginate: '={{$value}}', type: 'body', property: 'limit', value: `={{$value ? ${PAGE} : undefined}}` },
		operations: {
			pagination: {
				type: 'generic',
				properties: {
					continue: '={{!!$response.body?.next}}',
					// In the query, for n8n puts this in place of the whole body.
					request: { qs: { after: '={{$response.body?.next}}' } },
				},
			},
		},
	},
};

const limit: INodeProperties = {
	displayName: 'Limit',
	name: 'limit',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 50,
	description: 'Max number of results to return',
	displayOptions: { show: { operation: ['getAll'], returnAll: [false] } },
	routing: { send: { type: 'body', property: 'limit' } },
};

export const properties: INodeProperties[] = [
	operation,
	entity,
	record,
	externalId,
	name,
	returnAll,
	limit,
	modifiedFrom,
];
