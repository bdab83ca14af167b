"""After a run in check mode: nothing at all was written."""


def test_check_mode_wrote_nothing(server):
    assert server.snapshot() == server.before
