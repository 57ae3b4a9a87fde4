from erp_connect.config.form_rules import OwnedRow


class AnswerRule(OwnedRow):
	pass
