from erp_connect.config.form_rules import EngineRecord
from erp_connect.store import sync_difference


class SyncReconciliation(EngineRecord):
	def on_trash(self) -> None:
		sync_difference.remove_of([self.name])
