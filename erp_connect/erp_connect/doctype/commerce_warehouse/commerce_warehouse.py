from erp_connect.config.form_rules import OwnedRow


class CommerceWarehouse(OwnedRow):
	pass
