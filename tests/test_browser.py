"""If these fail, a page could load from the network, fail in the browser or shut people out, and no test would tell."""

import pytest
from browser import overflow, violations, visited

PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def written(folder, body):
    path = folder / "page.html"
    path.write_text(
        f'<!doctype html><html lang="en"><title>Page</title><main><h1>Page</h1>{body}</main></html>', encoding="utf-8"
    )
    return path


def test_a_page_in_order_passes(browser, tmp_path):
    with visited(browser, written(tmp_path, f'<img alt="" src="{PIXEL}"><a href="#here">here</a>')) as page:
        page.click("a")
        assert violations(page) == []
        assert overflow(page) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('<img alt="" src="other.png">', "request: file:///.*other.png"),
        ('<link rel="stylesheet" href="http://127.0.0.1:9/style.css">', "request: http://127.0.0.1:9/style.css"),
        ("<script>fetch('http://127.0.0.1:9/data').catch(() => {})</script>", "request: http://127.0.0.1:9/data"),
        ("<script>console.error('wrong')</script>", "error: wrong"),
        ("<script>nothing()</script>", "exception: nothing is not defined"),
    ],
)
def test_requests_and_errors_are_told(browser, tmp_path, body, told):
    with pytest.raises(AssertionError, match=told), visited(browser, written(tmp_path, body)) as page:
        page.wait_for_timeout(50)


def test_what_shuts_people_out_is_told(browser, tmp_path):
    body = f'<img src="{PIXEL}"><div style="width: 3000px">wide</div>'
    with visited(browser, written(tmp_path, body)) as page:
        assert [one.split(":")[0] for one in violations(page)] == ["image-alt"]
        assert [one.split(".")[0] for one in overflow(page)] == ["DIV"]
