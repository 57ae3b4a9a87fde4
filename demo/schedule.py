"""The scheduler of the demonstration, for its own site alone: `bench schedule` would start the jobs of all.

python schedule.py SITE               (in the folder `sites` of a bench)
"""

import sys
import time

from frappe.utils.scheduler import enqueue_events_for_site

TICK_SECONDS = 15


def main(site: str) -> None:
	while True:
		enqueue_events_for_site(site)
		time.sleep(TICK_SECONDS)


main(sys.argv[1])
