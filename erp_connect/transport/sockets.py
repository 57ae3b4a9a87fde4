"""Sockets that keep a deadline.

Promises that no read waits longer than the read timeout, and that all reads together end at the deadline:
a receiver that sends one byte now and then cannot hold a worker. The remaining time is set before each read,
so there is neither a watchdog thread nor a signal.
"""

from __future__ import annotations

import math
import socket
import ssl
from functools import lru_cache
from time import monotonic
from typing import Any


class DeadlineReached(TimeoutError):
	"""The time for the whole exchange is used up."""


class _Timed:
	"""deadline: on the monotonic clock. read_timeout: longest wait for the next byte, in seconds."""

	deadline: float = math.inf
	read_timeout: float = 30.0

	def allow(self, deadline: float, read_timeout: float) -> None:
		self.deadline = deadline
		self.read_timeout = read_timeout

	def send_whole(self, data: bytes) -> None:
		"""Write everything before the deadline, or raise TimeoutError."""
		self.settimeout(remaining(self.deadline))
		try:
			self.sendall(data)
		except TimeoutError as error:
			raise DeadlineReached from error

	def recv_into(self, *args: Any, **kwargs: Any) -> int:
		left = remaining(self.deadline)
		self.settimeout(min(left, self.read_timeout))
		try:
			return super().recv_into(*args, **kwargs)
		except TimeoutError as error:
			if left <= self.read_timeout:
				raise DeadlineReached from error
			raise


class TimedSocket(_Timed, socket.socket):
	"""A TCP socket with a deadline."""


class TimedTlsSocket(_Timed, ssl.SSLSocket):
	"""A TLS socket with a deadline."""


def remaining(deadline: float) -> float:
	"""Seconds left until `deadline`. Raises DeadlineReached when there are none."""
	left = deadline - monotonic()
	if left <= 0:
		raise DeadlineReached
	return left


@lru_cache(maxsize=8)
def tls_context(ca_file: str = "") -> ssl.SSLContext:
	"""The TLS settings of every connection: certificates and host names are always verified.

	Trusted are the certificate authorities of the operating system, those of certifi where it is installed, and
	those in `ca_file`, if one is given.
	"""
	context = ssl.create_default_context()
	bundle = _certifi_bundle()
	if bundle:
		context.load_verify_locations(bundle)
	if ca_file:
		context.load_verify_locations(ca_file)
	context.minimum_version = ssl.TLSVersion.TLSv1_2
	context.set_alpn_protocols(["http/1.1"])
	context.sslsocket_class = TimedTlsSocket
	return context


def _certifi_bundle() -> str:
	try:
		import certifi
	except ImportError:
		return ""
	return certifi.where()
