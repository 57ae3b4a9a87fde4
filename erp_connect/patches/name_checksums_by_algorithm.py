"""Schemes of verification that accounts hold as JSON: the kind `paytm` is called by what it does, and names its vector."""

from erp_connect.store import upgrades

# Fixed in the vendor's own libraries: https://github.com/paytm/Paytm_Python_Checksum
INITIAL_VECTOR = "@@@@&&&&####$$$$"


def execute() -> None:
	"""A scheme that is not an object of this kind is left as it is."""
	upgrades.name_checksums("paytm", INITIAL_VECTOR)
