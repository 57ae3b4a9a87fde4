"""What reaches the database and Redis while a block runs."""

from __future__ import annotations

import frappe
import redis


class Queries:
	"""Records the statements that reach the database, in `seen`, with their values in `values`."""

	def __enter__(self) -> Queries:
		self.seen: list[str] = []
		self.values: list = []
		self.database = type(frappe.local.db)
		self.original = self.database._transform_query

		def recording(db, query, values):
			self.seen.append(str(query))
			self.values.append(values)
			return self.original(db, query, values)

		self.database._transform_query = recording
		return self

	def __exit__(self, *_: object) -> None:
		self.database._transform_query = self.original


class RedisCommands:
	"""Records the commands that reach Redis, in `seen`."""

	def __enter__(self) -> RedisCommands:
		self.seen: list[str] = []
		self.original = redis.Redis.execute_command

		def recording(client, *args, **options):
			self.seen.append(repr(args))
			return self.original(client, *args, **options)

		redis.Redis.execute_command = recording
		return self

	def __exit__(self, *_: object) -> None:
		redis.Redis.execute_command = self.original
