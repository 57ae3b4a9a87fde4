"""Removes the queued jobs of a site that is dropped: `env/bin/python - SITE < forget_jobs.py`, in `sites/`.

Each making of a site queues jobs. Where no worker runs, those of dropped sites would pile up until Frappe refuses to
queue any more for the whole bench. A queue that cannot be reached is left as it is.
"""

import json
import sys

import redis
from rq import Queue

# Between the site and the rest of a job's id: Frappe 15, Frappe 16.
SEPARATORS = ("::", "||")


def forget(site: str, url: str) -> None:
	"""Remove the jobs of `site` from all queues at `url`."""
	marks = tuple(site + separator for separator in SEPARATORS)
	for queue in Queue.all(connection=redis.from_url(url)):
		for job_id in queue.get_job_ids():
			if job_id.startswith(marks):
				queue.remove(job_id)
				queue.connection.delete(f"rq:job:{job_id}")


def main(site: str) -> None:
	with open("common_site_config.json") as file:
		url = json.load(file).get("redis_queue")
	try:
		forget(site, url)
	except redis.RedisError as error:
		print(f"the jobs of {site} stay queued: {type(error).__name__}")


main(sys.argv[1])
