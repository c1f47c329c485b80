"""The built scripts talk to the origin they came from."""

from fintwin.ui.bundle import own_origin


def test_addresses_become_relative_to_the_page():
    script = """let e={PING:"http://own-origin.invalid:1/ping",EVENT:`ws://own-origin.invalid:1/_event`};"""
    new, addresses, lists = own_origin(script)
    assert new == 'let e={PING:(location.origin+"/ping"),EVENT:(location.origin.replace(/^http/,"ws")+"/_event")};'
    assert (addresses, lists) == (2, 0)


def test_no_host_name_means_this_machine():
    assert own_origin('x=["localhost","0.0.0.0","::","0:0:0:0:0:0:0:0"].includes(h)')[0] == "x=[].includes(h)"
