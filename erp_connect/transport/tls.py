"""TLS: whom to trust, what to show of ourselves, and the handshake.

Promises that certificates and host names are always verified, that nothing older than TLS 1.2 is spoken, and
that no variable of the environment adds or changes what is trusted.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import certifi

from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.guard.egress import ParsedUrl
from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.errors import TransportError
from erp_connect.transport.sockets import DeadlineReached, TimedSocket, TimedTlsSocket, remaining

CERTIFICATE_KEY = "erp_connect_client_certificate"
CA_KEY = "erp_connect_ca_file"


@dataclass(frozen=True)
class ClientCertificate:
	"""What this site shows to receivers that ask for a certificate.

	certificate: file with the certificate and those up to its authority, PEM. key: file with its private key;
	empty when it stands in the first file. password: of the private key.
	"""

	certificate: str
	key: str = ""
	password: Secret | None = None


def tls_context(ca_file: str = "", certificate: ClientCertificate | None = None) -> ssl.SSLContext:
	"""The TLS settings of every connection; the same object for the same files, until one of them changes.

	Trusted are the certificate authorities of certifi, those of the operating system, and those in `ca_file`, if
	one is given. Raises ConfigurationError for a file that cannot be used.
	"""
	files = [ca_file, *((certificate.certificate, certificate.key) if certificate else ())]
	return _context(ca_file, certificate, tuple(_changed(file) for file in files))


@lru_cache(maxsize=32)
def _context(
	ca_file: str, certificate: ClientCertificate | None, changed: tuple[float, ...]
) -> ssl.SSLContext:
	context = ssl.create_default_context(cafile=certifi.where())
	# The next two would otherwise follow SSL_CERT_FILE, SSL_CERT_DIR and SSLKEYLOGFILE.
	_trust_system(context)
	context.keylog_filename = None
	if ca_file:
		_trust(context, ca_file)
	if certificate:
		_show(context, certificate)
	context.minimum_version = ssl.TLSVersion.TLSv1_2
	context.set_alpn_protocols(["http/1.1"])
	context.sslsocket_class = TimedTlsSocket
	return context


def _changed(file: str) -> float:
	"""When a file was last changed, so that the next client takes a renewed certificate."""
	try:
		return Path(file).stat().st_mtime if file else 0.0
	except OSError:
		return 0.0


def _trust_system(context: ssl.SSLContext) -> None:
	paths = ssl.get_default_verify_paths()
	file, folder = Path(paths.openssl_cafile), Path(paths.openssl_capath)
	if file.is_file():
		context.load_verify_locations(cafile=str(file))
	if folder.is_dir():
		context.load_verify_locations(capath=str(folder))


def _trust(context: ssl.SSLContext, ca_file: str) -> None:
	try:
		context.load_verify_locations(ca_file)
	except OSError as error:
		raise ConfigurationError(
			"The certificate authorities in {file} cannot be read ({reason}). Correct {key} in site_config.json: "
			"the path of a PEM file that this site's user may read.",
			code="site_config",
			file=ca_file,
			reason=Whole(_reason(error)),
			key=CA_KEY,
		) from None


def _show(context: ssl.SSLContext, certificate: ClientCertificate) -> None:
	password = certificate.password.reveal() if certificate.password else ""
	try:
		# Without a password of ours, OpenSSL would ask for one at the terminal.
		context.load_cert_chain(certificate.certificate, certificate.key or None, password)
	except (OSError, ValueError) as error:
		raise ConfigurationError(
			"The client certificate {file} cannot be used ({reason}). Correct {key} in site_config.json: the paths "
			"of a PEM certificate and of its private key, readable for this site's user, and the key's password.",
			code="site_config",
			file=certificate.certificate,
			reason=Whole(_reason(error)),
			key=CERTIFICATE_KEY,
		) from None


def _reason(error: Exception) -> str:
	return (
		getattr(error, "reason", None)
		or getattr(error, "strerror", None)
		or "not readable with this password"
	)


def secured(plain: TimedSocket, url: ParsedUrl, context: ssl.SSLContext, limit: float) -> TimedTlsSocket:
	"""The socket with TLS on it, verified against the name in `url`. limit: on the monotonic clock.

	Raises TransportError, and closes the socket then.
	"""
	try:
		plain.settimeout(remaining(limit))
		return context.wrap_socket(plain, server_hostname=url.host)
	except OSError as error:
		plain.close()
		raise _failed_handshake(error, url) from None


def _failed_handshake(error: OSError, url: ParsedUrl) -> TransportError:
	if isinstance(error, ssl.SSLCertVerificationError):
		return TransportError(
			"The TLS certificate of {host} cannot be verified: {reason}.",
			kind="tls",
			host=url.host,
			reason=Whole(error.verify_message.rstrip(".")),
		)
	if isinstance(error, DeadlineReached | TimeoutError):
		return TransportError(
			"The host {host} did not finish the TLS handshake in time.", kind="connect_timeout", host=url.host
		)
	if certificate_refused(error):
		return wrong_certificate(error, url)
	return TransportError(
		"No TLS connection could be made to {host} ({reason}). Check that the port speaks https, and whether it asks "
		"for a client certificate ({key} in site_config.json).",
		kind="reset",
		host=url.host,
		reason=Whole(getattr(error, "reason", None) or type(error).__name__),
		key=CERTIFICATE_KEY,
	)


def certificate_refused(error: BaseException) -> bool:
	"""Whether the receiver says that it wants a client certificate, or another one (alerts of RFC 8446, 6.2)."""
	reason = (error.reason or "") if isinstance(error, ssl.SSLError) else ""
	return "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason)


def wrong_certificate(error: BaseException, url: ParsedUrl) -> TransportError:
	"""The failure of `certificate_refused`. The request was not carried out: the handshake comes before it."""
	return TransportError(
		"The host {host} asks for a client certificate, or does not accept the one it got ({reason}). Enter the "
		"right one as {key} in site_config.json.",
		kind="client_certificate",
		host=url.host,
		reason=Whole(getattr(error, "reason", "")),
		key=CERTIFICATE_KEY,
	)
