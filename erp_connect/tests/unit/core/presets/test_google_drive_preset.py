"""What Google Drive's preset asks, judged by Google's own library and its description of the API."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.path_template import render_path
from erp_connect.core.payload.uploads import next_part, taken_by
from erp_connect.tests.fakes.google_drive import AUDIENCE, ROOT, GoogleDrive
from erp_connect.tests.fakes.google_drive import FOLDER as FOLDER_TYPE

FOLDER = Path(__file__).parents[4] / "presets" / "google_drive"
PRESET = json.loads((FOLDER / "preset.json").read_text(encoding="utf-8"))
FLOWS = {flow["mapping"]["mapping_name"]: flow["mapping"] for flow in PRESET["flows"]}
OUT = FLOWS["Files out"]
REQUESTS = {(row["event"], row.get("step") or "request"): row for row in OUT["requests"]}
SAID = {
	"name": "f1", "file_name": "it's \\ a.pdf", "attached_to_doctype": "Sales Invoice", "attached_to_name": "SINV-1",
	"external_id": "1aB2", "is_folder": 0, "file_url": "/private/files/a.pdf",
	"_input": {"folder": ROOT, "folders": "document", "documents": "Sales Invoice, Quotation", "changed": "yes"},
	"_files": {"file_url": {"type": "application/pdf", "content": "-"}},
	"_steps": {"folder": {"id": "2b"}, "folder_seen": {"files": []}, "request": {"id": "3c"}, "folder_list": {"files": []}},
}  # fmt: skip


@pytest.fixture
def drive():
	fake = GoogleDrive()
	fake.tokens.add("t")
	yield fake
	fake.stop()


def description() -> dict:
	package = pytest.importorskip("googleapiclient")
	file = Path(package.__file__).parent / "discovery_cache" / "documents" / "drive.v3.json"
	return json.loads(file.read_text(encoding="utf-8"))


def library(fake: GoogleDrive):
	"""Google's library, led to the fake."""
	found = description()
	discovery = pytest.importorskip("googleapiclient.discovery")
	credentials = pytest.importorskip("google.oauth2.credentials")
	found.update(rootUrl=f"{fake.url}/", baseUrl=f"{fake.url}/drive/v3/")
	return discovery.build_from_document(found, credentials=credentials.Credentials("t"))


def method_of(row: dict, path: str, api: dict) -> dict:
	"""The method of the API that a request is for, as its description has it."""
	way = urlsplit(path).path.removeprefix("/upload").removeprefix("/drive/v3/")
	for resource in api["resources"].values():
		for method in resource.get("methods", {}).values():
			pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(method["path"]))
			if method["httpMethod"] == row["method"] and re.fullmatch(pattern, way):
				return method
	raise AssertionError(f"{row['method']} {way} is no method of the API")


@pytest.mark.parametrize("key", [key for key, row in REQUESTS.items() if row["method"] != "PUT"])
def test_each_request_is_one_of_the_api(key):
	row, api = REQUESTS[key], description()
	path = render_path(row["path"], SAID)
	known = {*method_of(row, path, api)["parameters"], *api["parameters"]}
	assert set(parse_qs(urlsplit(path).query)) <= known
	if row.get("body"):
		sent = compile_expression(row["body"]).search(SAID)
		assert set(sent) <= set(api["schemas"]["File"]["properties"])


def test_names_with_quotes_and_backslashes_are_found(drive):
	drive.add("it's \\ a.pdf", parent=ROOT)
	said = SAID | {"_steps": {}}
	path = urlsplit(render_path(REQUESTS["Insert", "namesakes"]["path"], said))
	query = parse_qs(path.query)["q"][0]
	found = library(drive).files().list(q=query, fields="files(name)").execute()
	assert [one["name"] for one in found["files"]] == ["it's \\ a.pdf"]


def test_the_library_and_this_app_send_the_same_parts(drive):
	http = pytest.importorskip("googleapiclient.http")
	content, size = b"z" * 600_000, 256 * 1024
	media = http.MediaIoBaseUpload(io.BytesIO(content), "application/pdf", chunksize=size, resumable=True)
	request = library(drive).files().create(body={"name": "a.pdf", "parents": [ROOT]}, media_body=media)
	answer = None
	while answer is None:
		_, answer = request.next_chunk()
	assert drive.files[answer["id"]]["content"] == content
	starts = range(0, len(content), size)
	ours = [next_part(start, len(content), size, again=False).content_range for start in starts]
	assert drive.ranges == ours
	assert taken_by({"range": f"bytes=0-{size - 1}"}) == size


def test_the_library_proves_itself_to_the_fake_as_the_app_does():
	account = pytest.importorskip("google.oauth2.service_account")
	transport = pytest.importorskip("google.auth.transport.requests")
	from cryptography.hazmat.primitives import serialization
	from cryptography.hazmat.primitives.asymmetric import rsa

	key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
	private = key.private_bytes(
		serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
	)
	public = key.public_key().public_bytes(
		serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
	)
	fake = GoogleDrive(public.decode())
	scope = PRESET["auth"][0]["settings"]["jwt_claims"]["scope"]
	info = {
		"client_email": fake.client_email,
		"private_key": private.decode(),
		"token_uri": f"{fake.url}/token",
	}
	credentials = account.Credentials.from_service_account_info(info, scopes=[scope])
	credentials.refresh(transport.Request())
	fake.stop()
	assert credentials.token in fake.tokens
	assert PRESET["auth"][0]["settings"]["jwt_audience"] == AUDIENCE


def test_a_rate_limit_is_waited_for():
	(rule,) = PRESET["answers"]
	fixture = json.loads((FOLDER / "fixtures" / "rate_limit.json").read_text(encoding="utf-8"))
	condition = compile_expression(rule["condition"])
	assert (rule["verdict"], condition.is_true(fixture)) == ("Slow down", True)
	assert not condition.is_true({"error": {"errors": [{"reason": "insufficientFilePermissions"}]}})


def test_files_of_chosen_documents_alone():
	condition = compile_expression(OUT["condition"])
	assert condition.is_true(SAID)
	for values in (
		{"attached_to_doctype": "Invoice"},
		{"attached_to_doctype": "Quotation Item"},
		{"attached_to_name": None},
		{"file_url": "https://elsewhere.example.com/a.pdf"},
	):
		assert not condition.is_true(SAID | values)


def test_the_folder_is_made_below_the_chosen_one():
	body = compile_expression(REQUESTS["Insert", "folder"]["body"])
	assert body.search(SAID) == {
		"name": "Sales Invoice SINV-1", "mimeType": FOLDER_TYPE, "parents": [ROOT],
	}  # fmt: skip


@pytest.mark.parametrize(
	("folders", "document", "name"),
	[
		("kind", {}, "Sales Invoice"),
		("month", {"posting_date": "2026-03-31", "transaction_date": "2026-02-01"}, "Sales Invoice 2026-03"),
		("month", {"transaction_date": "2026-02-01"}, "Sales Invoice 2026-02"),
		("month", {}, "Sales Invoice 2026-11"),
		("party", {"customer": "It's Oak"}, "It's Oak"),
		("party", {"supplier": "Elm"}, "Elm"),
		("party", {"party_name": "Lead 7"}, "Lead 7"),
		("party", {}, "Sales Invoice"),
	],
)
def test_the_folder_that_is_made_is_the_one_that_is_looked_for(drive, folders, document, name):
	said = {
		**SAID,
		"creation": "2026-11-05 09:00:00.5",
		"document": document,
		"_input": {**SAID["_input"], "folders": folders},
	}
	assert compile_expression(REQUESTS["Insert", "folder"]["body"]).search(said)["name"] == name
	made = drive.add(name, parent=ROOT, mimeType=FOLDER_TYPE)
	for step in ("folder_seen", "folder_list"):
		query = parse_qs(urlsplit(render_path(REQUESTS["Insert", step]["path"], said)).query)["q"][0]
		found = library(drive).files().list(q=query, fields="files(id)").execute()
		assert [one["id"] for one in found["files"]] == [made]


def test_the_list_of_files_that_come_in_and_their_addresses_are_of_the_api():
	flow, api = FLOWS["Files in"], description()
	known = {*api["resources"]["files"]["methods"]["list"]["parameters"], *api["parameters"]}
	assert {row["key"] for row in flow["pull_parameters"]} | {"pageSize", "pageToken"} <= known
	records = compile_expression(flow["pull_records"]).search(
		json.loads((FOLDER / "fixtures" / "files_list.json").read_text(encoding="utf-8"))
	)
	(url,) = [row["target"] for row in flow["rows"] if row["source"] == "_files.file_url.url"]
	addresses = [compile_expression(url).search(record) for record in records]
	assert addresses == [
		"/drive/v3/files/1aB2?alt=media&supportsAllDrives=true",
		"/drive/v3/files/3cD4/export?mimeType=application/pdf",
	]
	for address in addresses:
		method = method_of({"method": "GET"}, address, api)
		assert set(parse_qs(urlsplit(address).query)) <= {*method["parameters"], *api["parameters"]}


def test_own_files_are_left_out_and_others_are_told_by_their_names():
	flow = FLOWS["Files in"]
	mine = {"id": "1", "appProperties": {"erp_connect_file": "f1"}}
	theirs = {"id": "2", "name": "SINV-0001.final.pdf"}
	named = {"id": "3", "name": "scan.pdf", "appProperties": {"document": "SINV-2"}}
	records = compile_expression(flow["pull_records"]).search({"files": [mine, theirs, named]})
	(target,) = [row["target"] for row in flow["rows"] if row["source"] == "attached_to_name"]
	assert [compile_expression(target).search(one) for one in records] == ["SINV-0001", "SINV-2"]
