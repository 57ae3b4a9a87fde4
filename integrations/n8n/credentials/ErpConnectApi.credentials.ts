import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';

/** Key and secret of a user of the site, and the account of ERP Connect that acts as this user. */
export class ErpConnectApi implements ICredentialType {
	name = 'erpConnectApi';

	displayName = 'ERP Connect API';

	documentationUrl = 'https://docs.erpnext.com/docs/user/manual/en/api';

	properties: INodeProperties[] = [
		{
			displayName: 'Site',
			name: 'site',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'https://erp.example.com',
			description: 'Address of your ERPNext site',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'Of the user as whom n8n shall act: Settings → API Access → Generate Keys',
		},
		{
			displayName: 'API Secret',
			name: 'apiSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
		},
		{
			displayName: 'Account',
			name: 'account',
			type: 'string',
			default: '',
			description: 'Name of the account of ERP Connect. Only needed where several accounts act as this user.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: {
			headers: {
				Authorization: '=token {{$credentials.apiKey}}:{{$credentials.apiSecret}}',
				'X-ERP-Connect-Account': '={{$credentials.account}}',
			},
		},
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{$credentials.site.replace(new RegExp("/+$"), "")}}',
			url: '/api/method/erp_connect.api.v1.me',
			method: 'POST',
			body: {},
		},
	};
}
