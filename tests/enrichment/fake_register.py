"""A register on this machine that keeps GLEIF's published contract and fails when it is told to.

Version 1 of the API: GET /lei-records with filter[...], page[number] from 1 and page[size] from 1 to 200; a
JSON:API document with meta.pagination, links and data; 429 with Retry-After when asked too often.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MEDIA_TYPE = "application/vnd.api+json"
_FILTERS = {"filter[entity.legalName]", "filter[entity.legalAddress.country]"}
_PAGE = {"page[number]", "page[size]"}


def lei(number):
    """A made-up identifier with right check digits; no issuer has the prefix ZZZZ."""
    body = f"ZZZZ00{number:012d}"
    digits = int("".join(str(int(sign, 36)) for sign in body) + "00")
    return f"{body}{98 - digits % 97:02d}"


def company(number, name, country="DE", *, status="ACTIVE", registration="ISSUED", **changes):
    """One LEI record as the register keeps it."""
    address = {
        "language": "en",
        "addressLines": [f"Example Street {number}", "Floor 2"],
        "city": "Exampletown",
        "region": None,
        "country": country,
        "postalCode": "00000",
    }
    return {
        "lei": lei(number),
        "entity": {
            "legalName": {"name": name, "language": "en"},
            "legalAddress": address,
            "headquartersAddress": address,
            "status": status,
        },
        "registration": {"status": registration, "lastUpdateDate": "2025-03-04T05:06:07Z"},
        **changes,
    }


class FakeRegister:
    """Serves companies on a port of its own. `next_answers` are (status, headers, body) given before real ones."""

    def __init__(self, *companies):
        self.companies = list(companies)
        self.next_answers = []
        self.requests = []
        self.ignores_filters = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}/api/v1"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path, accept):
        """Status, headers and body for one GET."""
        parts = urlsplit(path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        self.requests.append(query)
        if self.next_answers:
            return self.next_answers.pop(0)
        number, size = int(query.get("page[number]", 1)), int(query.get("page[size]", 15))
        if parts.path != "/api/v1/lei-records" or accept != MEDIA_TYPE:
            return 404, {}, _errors(404)
        if not set(query) <= _FILTERS | _PAGE or number < 1 or not 1 <= size <= 200:
            return 400, {}, _errors(400)
        return 200, {}, self._document(self._matching(query), number, size)

    def _matching(self, query):
        words = query.get("filter[entity.legalName]", "").casefold().split()
        country = query.get("filter[entity.legalAddress.country]")
        return [
            record
            for record in self.companies
            if self.ignores_filters
            or (
                all(word in record["entity"]["legalName"]["name"].casefold() for word in words)
                and country in (None, record["entity"]["legalAddress"]["country"])
            )
        ]

    def _document(self, records, number, size):
        last = max(1, -(-len(records) // size))
        shown = records[(number - 1) * size : number * size]
        links = {
            "first": f"{self.url}/lei-records?page[number]=1",
            "last": f"{self.url}/lei-records?page[number]={last}",
        }
        if number < last:
            links["next"] = "http://elsewhere.invalid/lei-records"
        pagination = {"currentPage": number, "perPage": size, "total": len(records), "lastPage": last}
        data = [{"type": "lei-records", "id": record["lei"], "attributes": record} for record in shown]
        return json.dumps({"meta": {"pagination": pagination}, "links": links, "data": data})


def _errors(status):
    return json.dumps({"errors": [{"status": str(status)}]})


def _handler(register):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = register.answer(self.path, self.headers["Accept"])
            content = body if isinstance(body, bytes) else body.encode()
            self.send_response(status)
            for name, value in {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments):
            """Nothing is printed."""

    return Handler
