"""Sockets that keep a deadline.

Promises that no read waits longer than the read timeout, and that all reads and writes together end at the
deadline: a receiver that sends or takes one byte now and then cannot hold a worker. The remaining time is set
before each of them, so there is neither a watchdog thread nor a signal.
"""

from __future__ import annotations

import io
import math
import select
import socket
import ssl
from time import monotonic
from typing import Any


class DeadlineReached(TimeoutError):
	"""The time for the whole exchange is used up."""


class _Timed:
	"""deadline: on the monotonic clock. read_timeout: longest wait for the next byte, in seconds.

	leftover: whether the last answer that was read from this socket was followed by bytes nobody asked for.
	last_line: the last line read, from which a whole head is told from one that was cut.
	"""

	deadline: float = math.inf
	read_timeout: float = 30.0
	leftover: bool = False
	last_line: bytes = b""

	def allow(self, deadline: float, read_timeout: float) -> None:
		self.deadline = deadline
		self.read_timeout = read_timeout

	def send_whole(self, data: bytes) -> None:
		"""Write everything before the deadline, or raise DeadlineReached."""
		self.settimeout(remaining(self.deadline))
		try:
			self.sendall(data)
		except TimeoutError as error:
			raise DeadlineReached from error

	def send(self, data: Any, flags: int = 0) -> int:
		# Over TLS, `sendall` comes here once for each record, and would start its time anew.
		self.settimeout(remaining(self.deadline))
		return super().send(data, flags)

	def recv_into(self, *args: Any, **kwargs: Any) -> int:
		left = remaining(self.deadline)
		self.settimeout(min(left, self.read_timeout))
		try:
			return super().recv_into(*args, **kwargs)
		except TimeoutError as error:
			if left <= self.read_timeout:
				raise DeadlineReached from error
			raise

	def makefile(self, *_: Any, **__: Any) -> AnswerStream:
		"""What the HTTP parser reads an answer from."""
		return AnswerStream(super().makefile("rb", buffering=0), self)

	def readable(self) -> bool:
		"""Whether a read would bring something at once: bytes, or the end of the connection."""
		poll = select.poll()
		poll.register(self, select.POLLIN | select.POLLPRI)
		return any(event & (select.POLLIN | select.POLLPRI) for _, event in poll.poll(0))


class TimedSocket(_Timed, socket.socket):
	"""A TCP socket with a deadline."""


class TimedTlsSocket(_Timed, ssl.SSLSocket):
	"""A TLS socket with a deadline."""


class AnswerStream(io.BufferedReader):
	"""One answer: tells its socket the last line, and at the end whether anything was left over."""

	def __init__(self, raw: io.RawIOBase, sock: TimedSocket | TimedTlsSocket) -> None:
		super().__init__(raw)
		self._sock = sock
		sock.leftover = False
		sock.last_line = b""

	def readline(self, limit: int = -1) -> bytes:
		line = super().readline(limit)
		self._sock.last_line = line
		return line

	def close(self) -> None:
		if not self.closed:
			self._sock.leftover = self._holds_more()
		super().close()

	def _holds_more(self) -> bool:
		if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
			return True
		# With no time left, a look at an empty buffer ends before it reads from the socket.
		self._sock.deadline = 0
		try:
			return bool(self.peek(1))
		except (OSError, ValueError):
			return False


def remaining(deadline: float) -> float:
	"""Seconds left until `deadline`. Raises DeadlineReached when there are none."""
	left = deadline - monotonic()
	if left <= 0:
		raise DeadlineReached
	return left
