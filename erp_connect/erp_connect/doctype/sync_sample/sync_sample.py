from erp_connect.config.form_rules import EngineRecord
from erp_connect.store import samples


class SyncSample(EngineRecord):
	@staticmethod
	def clear_old_logs(days: int = 90) -> None:
		"""Called daily by Frappe's Log Settings: a sample is a record of somebody's, so it stays no longer than it helps."""
		samples.clear(days)
