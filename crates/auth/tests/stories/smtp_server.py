"""A mail server that we did not write: STARTTLS and a password before anything else.

Says first where it listens and which authority its certificate is of, then every mail it took, a line of JSON each. Ends
with its standard input.
"""

import asyncio
import datetime
import json
import logging
import pathlib
import ssl
import sys
import tempfile

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def say(**line):
    print(json.dumps(line), flush=True)


def certificate(name, issuer, key, issuer_key, is_authority):
    now = datetime.datetime.now(datetime.timezone.utc)
    authority_key = x509.SubjectKeyIdentifier.from_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_key), critical=False
        )
        .sign(issuer_key, hashes.SHA256())
    )


def pem(value):
    return value.public_bytes(serialization.Encoding.PEM)


def identity(folder):
    """An authority of this run, and a certificate of its for localhost."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    authority = folder / "authority.pem"
    authority.write_bytes(pem(certificate(authority_name, authority_name, authority_key, authority_key, True)))
    chain = folder / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain.write_bytes(pem(certificate(name, authority_name, key, authority_key, False)) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return authority, context


class Handler:
    async def handle_DATA(self, server, session, envelope):
        say(
            to=envelope.rcpt_tos,
            sender=envelope.mail_from,
            encrypted=session.ssl is not None,
            authenticated=session.authenticated,
            text=envelope.content.decode(),
        )
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    right = LoginPassword(login=b"connectors", password=b"p@ss/word")
    # What is not handled here is answered by the library: 235 or 535.
    return AuthResult(success=data == right, handled=False)


async def main():
    with tempfile.TemporaryDirectory() as folder:
        authority, context = identity(pathlib.Path(folder))

        def session():
            return SMTP(
                Handler(),
                hostname="localhost",
                tls_context=context,
                require_starttls=True,
                auth_require_tls=True,
                auth_required=True,
                authenticator=authenticate,
            )

        loop = asyncio.get_running_loop()
        server = await loop.create_server(session, "127.0.0.1", 0)
        say(port=server.sockets[0].getsockname()[1], authority=str(authority))
        await loop.run_in_executor(None, sys.stdin.read)
        server.close()


# A client that hangs up is what some of the tests are about.
logging.disable(logging.CRITICAL)
asyncio.run(main())
