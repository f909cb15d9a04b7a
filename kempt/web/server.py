"""Serves the app on this machine alone; whoever wants it elsewhere puts a proxy with TLS in front."""

import uvicorn

from kempt.settings import Settings
from kempt.web.app import create_app
from kempt.web.house import House


def serve_web(settings: Settings, port: int) -> None:
    """Until Ctrl-C."""
    # Addresses carry ids and search words: they are not logged.
    uvicorn.run(
        create_app(House(settings)), host="127.0.0.1", port=port, log_level="warning", access_log=False,
        server_header=False, proxy_headers=False, timeout_graceful_shutdown=5,
    )  # fmt: skip
