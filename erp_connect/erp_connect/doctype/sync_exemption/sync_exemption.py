from erp_connect.config.form_rules import EngineRecord


class SyncExemption(EngineRecord):
	pass
