from erp_connect.config.form_rules import OwnedRow


class IntegrationReport(OwnedRow):
	pass
