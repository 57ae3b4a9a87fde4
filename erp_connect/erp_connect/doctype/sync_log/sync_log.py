from erp_connect.config.form_rules import EngineRecord
from erp_connect.operate import reasons, review
from erp_connect.store import retention


class SyncLog(EngineRecord):
	def onload(self) -> None:
		self.set_onload("external_url", review.page(self))
		self.set_onload("advice", reasons.next_step(self))

	@staticmethod
	def clear_old_logs(days: int = 30) -> None:
		"""Called daily by Frappe's Log Settings. Events that still need somebody are kept, however old."""
		retention.clear(days)
