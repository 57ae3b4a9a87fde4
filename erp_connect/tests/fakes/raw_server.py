"""Receivers for tests that speak in bytes, where a server that knows HTTP would not do what is needed."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import suppress


class RawServer:
	"""Says `answer` to each request, or to one; `ended` is set when the caller closes."""

	def __init__(self, answer: bytes, ended: threading.Event | None = None, *, once: bool = False) -> None:
		self._answer, self._ended, self._once = answer, ended or threading.Event(), once
		self._listener = socket.create_server(("127.0.0.1", 0))

	def __enter__(self) -> str:
		threading.Thread(target=self._serve, daemon=True).start()
		return f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

	def __exit__(self, *_: object) -> None:
		self._listener.close()

	def _serve(self) -> None:
		with suppress(OSError):
			sock, _ = self._listener.accept()
			with sock:
				while sock.recv(65536):
					sock.sendall(self._answer)
					if self._once:
						return
		self._ended.set()


class SlowReader(RawServer):
	"""An https receiver that takes a little of a large body now and then."""

	def __init__(self, context: ssl.SSLContext) -> None:
		super().__init__(b"")
		self._context = context

	def __enter__(self) -> str:
		return super().__enter__().replace("http:", "https:")

	def _serve(self) -> None:
		with suppress(OSError):
			plain, _ = self._listener.accept()
			plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
			with self._context.wrap_socket(plain, server_side=True) as sock:
				while sock.recv(32768):
					time.sleep(0.05)
