from erp_connect.config.form_rules import OwnedRow


class CommerceAccount(OwnedRow):
	pass
