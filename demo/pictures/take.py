"""Takes the pictures of README and docs with Chromium, out of made-up data.

	python take.py SITE FOLDER [NAME...]      (in the folder `sites` of a bench; a scratch site, whose accounts it forgets)

NAME: only these pictures, for who works at one of them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from scenery import build
from scenes import Scenes
from studio import Studio

from erp_connect.tests import base
from erp_connect.tests.bench import services
from erp_connect.tests.bench.pair import BENCH


def main(site: str, folder: Path, names: list[str]) -> None:
	frappe.init(site=site)
	frappe.connect()
	frappe.set_user("Administrator")  # a scratch site's own
	if not base.is_scratch_site():
		sys.exit(f"{site} is not a scratch site ({', '.join(base.SCRATCH_PREFIXES)})")
	services.start_redis()
	base.allow_networks(base.LOOPBACK)
	base.wipe()
	scenery = build()
	services.flush()  # what is due was sent by hand; the worker is there to be seen
	worker = services.Process(*BENCH, "worker", "--queue", services.QUEUES).start()
	studio = Studio(site, folder, scenery.addresses())
	try:
		Scenes(studio, scenery).all(names)
	finally:
		studio.close()
		worker.kill()
		scenery.close()
		base.wipe()


if __name__ == "__main__":
	main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
