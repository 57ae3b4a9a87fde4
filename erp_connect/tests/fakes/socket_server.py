"""A server on loopback that hands each connection on, for fakes that speak below the level of HTTP."""

from __future__ import annotations

import socket
import threading
from abc import ABC, abstractmethod
from contextlib import suppress


class SocketServer(ABC):
	"""Serves while it is entered, each connection in a thread of its own."""

	def __init__(self) -> None:
		self._listener = socket.create_server(("127.0.0.1", 0))
		self._open: list[socket.socket] = []
		self.port: int = self._listener.getsockname()[1]

	def __enter__(self):
		threading.Thread(target=self._serve, daemon=True).start()
		return self

	def __exit__(self, *_: object) -> None:
		for sock in (self._listener, *self._open):
			sock.close()

	def _serve(self) -> None:
		with suppress(OSError):
			while True:
				sock, _ = self._listener.accept()
				self._open.append(sock)
				threading.Thread(target=self._answer_quietly, args=(sock,), daemon=True).start()

	def _answer_quietly(self, sock: socket.socket) -> None:
		# A caller that breaks off, or does not trust, is nothing to report: the test looks at its side.
		with suppress(OSError):
			self.answer(sock)

	@abstractmethod
	def answer(self, sock: socket.socket) -> None:
		"""Speak with who called. The connection stays open until the server is left, unless closed here."""
