from erp_connect.config.form_rules import EngineRecord


class SyncSample(EngineRecord):
	pass
