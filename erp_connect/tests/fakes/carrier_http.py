"""The wire that fakes of carriers share: a JSON API, and labels at addresses of their own."""

from __future__ import annotations

from urllib.parse import urlsplit

from erp_connect.tests.fakes.provider_http import Handler

LABELS = "/labels/"
# The smallest thing that calls itself a PDF and opens as one.
PDF = (
	b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
	b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 288 432]>>endobj\nxref\n0 4\n0000000000 65535 f \n"
	b"0000000009 00000 n \n0000000053 00000 n \n0000000102 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n164\n"
	b"%%EOF\n"
)


def label(mark: str) -> bytes:
	"""A label that no other has the bytes of."""
	return PDF + f"% {mark}\n".encode()


class CarrierHandler(Handler):
	"""A carrier has `labels`, contents by the end of their address, and `fetched`: headers with which they were asked for."""

	def do_GET(self) -> None:
		path = urlsplit(self.path).path
		if not path.startswith(LABELS):
			Handler.do_GET(self)
			return
		carrier = self.server.system
		with carrier.lock:
			carrier.fetched.append(dict(self.headers))
			content = carrier.labels.get(path.removeprefix(LABELS))
		self.send_response(200 if content else 404)
		self.send_header("Content-Type", "application/pdf")
		self.send_header("Content-Length", str(len(content or b"")))
		self.end_headers()
		self.wfile.write(content or b"")
