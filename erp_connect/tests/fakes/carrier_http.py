"""The wire that fakes of carriers share: a JSON API, and labels at addresses of their own."""

from __future__ import annotations

from urllib.parse import urlsplit

from erp_connect.tests.fakes.provider_http import Handler

LABELS = "/labels/"
# The smallest PDF that opens: Frappe 16 reads each one that it is given.
OBJECTS = (
	b"<</Type/Catalog/Pages 2 0 R>>",
	b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
	b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 288 432]>>",
)


def label(mark: str) -> bytes:
	"""A label that no other has the bytes of."""
	file, places = f"%PDF-1.4\n% {mark}\n".encode(), []
	for number, content in enumerate(OBJECTS, 1):
		places.append(len(file))
		file += b"%d 0 obj%s\nendobj\n" % (number, content)
	table = b"".join(b"%010d 00000 n \n" % place for place in places)
	count = len(OBJECTS) + 1
	return file + (
		b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
		% (count, table, count, len(file))
	)


def image(mark: str) -> bytes:
	"""A label as an image (GIF) of one dot, with a comment that no other has."""
	head = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00"
	comment = b"!\xfe" + bytes([len(mark)]) + mark.encode() + b"\x00"
	return head + comment + b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"


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
		self.send_content(200 if content else 404, content or b"", "application/pdf")
