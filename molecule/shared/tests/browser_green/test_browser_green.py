"""After the job, in Chromium: the Events pane is green, over wss on 443, and lists events."""

from browser import look
from servers import EVENTS


def test_the_pane_turns_green(server):
    pane = look(server, f"{server.host}-after.png")
    assert pane.state == "green", pane
    assert "green" in pane.text
    assert pane.url == f"wss://{server.name}:443{EVENTS}"
    assert pane.events >= 3
