"""The site served over HTTP by a process that kills itself at a chosen place: `server SITE PORT module:function before|after`.

As `worker.py` does for background workers; everything else is Frappe's own development server.
"""

import os
import signal
import sys

from frappe.app import serve

from erp_connect.tests.bench import worker


def die() -> None:
	os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
	worker.die = die  # the server has no parent of its own kind to take along
	worker.arm(sys.argv[3], sys.argv[4])
	serve(port=int(sys.argv[2]), site=sys.argv[1], sites_path=".", no_reload=True)
