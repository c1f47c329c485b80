"""The built scripts talk to the origin they came from, and are no more than the pages need."""

import pytest

from fintwin.ui.bundle import look_first, own_origin, without_emotion, without_libraries


def test_addresses_become_relative_to_the_page():
    script = """let e={PING:"http://own-origin.invalid:1/ping",EVENT:`ws://own-origin.invalid:1/_event`};"""
    new, addresses, lists = own_origin(script)
    assert new == 'let e={PING:(location.origin+"/ping"),EVENT:(location.origin.replace(/^http/,"ws")+"/_event")};'
    assert (addresses, lists) == (2, 0)


def test_no_host_name_means_this_machine():
    assert own_origin('x=["localhost","0.0.0.0","::","0:0:0:0:0:0:0:0"].includes(h)')[0] == "x=[].includes(h)"


def test_the_look_comes_before_the_scripts():
    page = '<link as="style" rel="preload" href="/a.css"/><link rel="modulepreload" href="/a.js"/>'
    assert (
        look_first(page)
        == '<link as="style" rel="preload" href="/a.css"/><link rel="modulepreload" fetchpriority="low" href="/a.js"/>'
    )


def test_our_own_lines_stand_for_emotion():
    config = without_emotion('resolve: {\n    alias: [\n      {\n        find: "$",\n      },\n    ],\n  },')
    assert config.index('find: "@emotion/react"') < config.index('find: "$"')
    with pytest.raises(RuntimeError):
        without_emotion("resolve: {}")


def test_no_library_is_laid_into_the_window():
    root = (
        'import * as React from "react";\nimport * as utils_state from "$/utils/state";\n'
        'import { Outlet } from "react-router";\n'
        "function ReflexProviders({children}) {\n"
        '  useEffect(() => {\n    // kept for later\n    window.__reflex = {\n          "react": React,\n    };\n  }, []);\n'
        "  return children;\n}\n"
    )
    assert without_libraries(root) == (
        'import { Outlet } from "react-router";\nfunction ReflexProviders({children}) {\n  return children;\n}\n'
    )
    with pytest.raises(RuntimeError):
        without_libraries("function ReflexProviders({children}) { return children; }")
