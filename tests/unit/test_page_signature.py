"""The signature of a web page in WeChat's browser, against the example of WeChat's documents."""

from server.wechat.page_tickets import signature

TICKET = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
EXAMPLE = {"nonce": "Wm3WZYTPz0wzccnW", "timestamp": 1414587457}
PAGE = "http://mp.weixin.qq.com?params=value"
EXPECTED = "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_the_example_of_the_documents_comes_out():
    assert signature(TICKET, url=PAGE, **EXAMPLE) == EXPECTED


def test_what_stands_behind_the_hash_is_not_signed():
    assert signature(TICKET, url=f"{PAGE}#part", **EXAMPLE) == EXPECTED
    assert signature(TICKET, url=f"{PAGE}&more=1", **EXAMPLE) != EXPECTED
