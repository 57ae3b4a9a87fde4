"""Modules run as programs in processes that are forked from one which has ERPNext imported.

A worker or a server that is started anew imports Frappe and ERPNext for some seconds, and so does each job of
such a worker. Here that is done once for a run: by the server of `multiprocessing`, from which each process is
forked. What runs in it is what `python -m` would run.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import BinaryIO

_context = multiprocessing.get_context("forkserver")
# `pytest` is the main module of a run, which each process looks at.
_context.set_forkserver_preload(["pytest", "erp_connect.tests.bench.imported"])


class ForkedModule:
	"""`python -m MODULE ARGUMENTS…` in a forked process, to be handled as a `subprocess.Popen`."""

	def __init__(self, module: str, arguments: Sequence[str], env: dict[str, str], output: BinaryIO) -> None:
		place = f"/proc/{os.getpid()}/fd/{output.fileno()}"
		ours, theirs = _context.Pipe(duplex=False)
		self._process = _context.Process(
			target=_run, args=(theirs, module, list(arguments), env, place, os.getcwd()), daemon=True
		)
		self._process.start()
		self.pid = self._process.pid
		theirs.close()
		ours.recv()  # it has a process group of its own now, by which it can be killed

	def poll(self) -> int | None:
		return self._process.exitcode

	def wait(self, timeout: float | None = None) -> int:
		"""Raises `subprocess.TimeoutExpired`."""
		self._process.join(timeout)
		if self._process.exitcode is None:
			raise subprocess.TimeoutExpired(str(self.pid), timeout)
		return self._process.exitcode

	def terminate(self) -> None:
		self._process.terminate()


def _run(
	begun: Connection, module: str, arguments: list[str], env: dict[str, str], output: str, folder: str
) -> None:
	os.setsid()
	begun.send(True)
	begun.close()
	os.chdir(folder)
	os.environ.clear()
	os.environ.update(env)
	_write_to(output)
	sys.argv = [module, *arguments]
	runpy.run_module(module, run_name="__main__", alter_sys=True)


def _write_to(output: str) -> None:
	"""Both streams of this process into the file, as a child of `Popen` gets them."""
	file = os.open(output, os.O_WRONLY | os.O_APPEND)
	for stream in (1, 2):
		os.dup2(file, stream)
	os.close(file)
