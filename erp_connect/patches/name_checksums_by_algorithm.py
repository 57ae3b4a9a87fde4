"""Schemes of verification that accounts hold as JSON, of kinds that were called by the systems that have them.

Such a kind has the name of that system's scheme in its preset today: there it says what it does, and its vector.
"""

from erp_connect.config import preset_files
from erp_connect.store import upgrades

CHECKSUM = "salted_aes_checksum"


def execute() -> None:
	"""A scheme that is not an object of such a kind is left as it is."""
	for name, scheme in preset_files.schemes().items():
		if scheme["kind"] == CHECKSUM:
			upgrades.name_checksums(name, scheme["iv"])
