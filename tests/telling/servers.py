"""A mail server and a webhook on this machine: real sockets, that work, stall or fail when they are told to."""

import contextlib
import datetime
import ipaddress
import json
import socketserver
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Running:
    """A threading server as a context; its port is its own."""

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.awake.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def _serve(self, server):
        self.server, self.awake = server, threading.Event()
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def port(self):
        return self.server.server_address[1]


class FakeMailServer(Running):
    """Speaks SMTP (RFC 5321) and keeps what it is given.

    `mode`: works, stalls (never greets), busy (421), loses (takes the letter and dies before it says so). Recipients
    in `refused` get a 550. With a certificate it offers STARTTLS; `tls` begins with it.
    """

    def __init__(self, *, certificate=None, tls=False):
        self.mode, self.refused, self.letters, self.sessions = "works", set(), [], 0
        self.encrypted = []
        self._context = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        self._tls = tls
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                outer.sessions += 1
                with contextlib.suppress(OSError):
                    outer._talk(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True

        self._serve(Server(("127.0.0.1", 0), Handler))

    def _talk(self, wire):
        if self.mode == "stalls":
            self.awake.wait(30)
            return
        secure = self._tls
        if secure:
            wire = self._context.wrap_socket(wire, server_side=True)
        if self.mode == "busy":
            wire.sendall(b"421 come back later\r\n")
            return
        wire.sendall(b"220 mail.example ESMTP\r\n")
        read, recipients = wire.makefile("rb"), []
        while line := read.readline():
            verb = line.strip().split(b" ")[0].upper()
            if verb == b"EHLO":
                more = b"250-STARTTLS\r\n" if self._context is not None and not secure else b""
                wire.sendall(b"250-mail.example\r\n" + more + b"250 8BITMIME\r\n")
            elif verb == b"STARTTLS":
                wire.sendall(b"220 go on\r\n")
                wire = self._context.wrap_socket(wire, server_side=True)
                read, secure = wire.makefile("rb"), True
            elif verb == b"MAIL":
                recipients = []
                wire.sendall(b"250 ok\r\n")
            elif verb == b"RCPT":
                name = line.partition(b"<")[2].partition(b">")[0].decode()
                if name in self.refused:
                    wire.sendall(b"550 nobody here\r\n")
                else:
                    recipients.append(name)
                    wire.sendall(b"250 ok\r\n")
            elif verb == b"DATA":
                wire.sendall(b"354 send it\r\n")
                text = b""
                while (part := read.readline()) != b".\r\n":
                    text += part[1:] if part.startswith(b".") else part
                self.letters.append((recipients, text))
                self.encrypted.append(secure)
                if self.mode == "loses":
                    return
                wire.sendall(b"250 taken\r\n")
            elif verb == b"QUIT":
                wire.sendall(b"221 bye\r\n")
                return
            else:
                wire.sendall(b"250 ok\r\n")

    @property
    def url(self):
        return f"{'smtps' if self._tls else 'smtp'}://127.0.0.1:{self.port}"


class FakeChannel(Running):
    """A webhook that keeps what is posted. `mode`: works, stalls, or a status; 302 leads elsewhere."""

    def __init__(self):
        self.mode, self.posts, self.asked = "works", [], 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked += 1
                if outer.mode == "stalls":
                    outer.awake.wait(30)
                    return
                status = 200 if outer.mode == "works" else outer.mode
                if status == 200:
                    outer.posts.append((self.headers["Idempotency-Key"], json.loads(body)))
                self.send_response(status)
                self.send_header("Location", f"http://127.0.0.1:{outer.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                raise AssertionError("a redirect was followed")

            def log_message(self, *arguments):
                """Nothing is printed."""

        self._serve(ThreadingHTTPServer(("127.0.0.1", 0), Handler))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"


def certificate(path, host="127.0.0.1"):
    """A self-signed certificate and its key in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.fromtimestamp(time.time(), datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
