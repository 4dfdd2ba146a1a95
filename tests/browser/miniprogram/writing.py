"""What a person does on the form, in words of the form."""

import re
import struct
import zlib


def picture(width=240, height=160):
    """A small PNG."""
    rows = b"".join(
        b"\0" + bytes(v for x in range(width) for v in (x * 255 // width, y * 255 // height, 160))
        for y in range(height)
    )

    def chunk(kind, data):
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return {"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + data}


def add_photo(phone, *pictures):
    with phone.page.expect_file_chooser() as chooser:
        phone.tap("添加照片")
    chooser.value.set_files(list(pictures) or picture())


def fill_in(phone, topic="侨房、不动产", subject="老家房屋确权一直没有办下来"):
    phone.tap(re.compile("是哪方面的事"))
    phone.tap(topic, role="radio")
    phone.write("一句话说明", subject)
    phone.write("详细情况", "石桥镇的祖屋一九九八年就申请，\n到现在还没有证。")


def hand_in(phone, answer="允许"):
    """Agree, submit, and answer WeChat's question about notices."""
    phone.tap(re.compile("我已看过"), role="checkbox")
    phone.tap("提交")
    phone.page.get_by_role("dialog", name="订阅消息").get_by_text(answer, exact=True).tap()
