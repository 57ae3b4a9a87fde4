from erp_connect.config.form_rules import OwnedRow


class FieldMappingWriteBack(OwnedRow):
	pass
