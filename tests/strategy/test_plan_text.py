import hashlib
import io
import os
import re
import sys
import zipfile
import zlib
from pathlib import Path

import pypdf
import pytest

from storregion.core.errors import CallError, DataError
from storregion.strategy import plan_text

LINE = "Regionen ska bygga bostäder nära stationerna."
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory holds on Linux only")


def stream(data: bytes, *, packed: bool = False) -> bytes:
    """A content stream as the body of a PDF object."""
    head = b""
    if packed:
        data, head = zlib.compress(data, 9), b"/Filter/FlateDecode"
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), head, data)


def text_stream(text: str) -> bytes:
    lines = b" ".join(b"(%s) Tj T*" % line.encode("cp1252") for line in text.split("\n"))
    return stream(b"BT /F 10 Tf 14 TL 40 800 Td %s ET" % lines)


def pdf(contents: list[bytes], *, again: int = 1) -> bytes:
    """A PDF put together by hand: a page per content stream, each page listed `again` times."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    kids = []
    for content in contents:
        objects.append(content)
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>"
        objects.append(page + b"/Contents %d 0 R>>" % len(objects))
        kids += [b"%d 0 R" % len(objects)] * again
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    return whole(objects)


def whole(objects: list[bytes]) -> bytes:
    """Objects as a PDF file; the first is its catalogue."""
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def word(paragraphs: str, *, before: str = "") -> bytes:
    """A Word document of the given paragraphs' XML."""
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<w:document xmlns:w="urn:w" xmlns:mc="urn:mc">'
        f"<w:body>{paragraphs}</w:body></w:document>"
    )
    return archive({"word/document.xml": xml.encode()})


def archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return out.getvalue()


def paragraph(text: str, extra: str = "") -> str:
    return f"<w:p>{extra}<w:r><w:t>{text}</w:t></w:r></w:p>"


def read(folder: Path, name: str, raw: bytes) -> plan_text.Extracted:
    path = folder / name
    path.write_bytes(raw)
    return plan_text.extract(path)


def refused(folder: Path, name: str, raw: bytes) -> str:
    with pytest.raises((DataError, CallError)) as caught:
        read(folder, name, raw)
    message = str(caught.value)
    assert name in message
    return message


# ---- what is read


def test_a_pdf_gives_the_text_of_each_page(tmp_path: Path) -> None:
    raw = pdf([text_stream(LINE + "\nAndra raden."), text_stream("Sida två är här.")])
    found = read(tmp_path, "plan.PDF", raw)
    assert found.pages == (f"{LINE}\nAndra raden.", "Sida två är här.")
    assert (found.kind, found.size, found.removed, found.empty, found.unreadable) == (
        "pdf",
        len(raw),
        0,
        (),
        (),
    )
    assert found.reader == f"pypdf {pypdf.__version__}"
    assert found.sha256 == hashlib.sha256(raw).hexdigest()


def test_a_text_that_speaks_of_pdf_is_a_text_and_a_pdf_may_begin_with_something_else(tmp_path: Path) -> None:
    text = f"{LINE} En fil som börjar med %PDF- är en PDF."
    assert read(tmp_path, "plan.txt", text.encode()).kind == "txt"
    assert read(tmp_path, "plan.pdf", b"\xef\xbb\xbf\n" + pdf([text_stream(LINE)])).kind == "pdf"


def test_a_pdf_that_is_only_locked_against_printing_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, "plan.pdf", locked("", "owner")).pages == (LINE,)


def locked(user: str, owner: str) -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(pdf([text_stream(LINE)])))
    writer.encrypt(user, owner, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_word_document_gives_paragraphs_bullets_and_pages(tmp_path: Path) -> None:
    bullet = "<w:pPr><w:numPr/></w:pPr>"
    turn = "<w:p><w:r><w:br w:type='page'/></w:r></w:p>"
    deleted = "<w:p><w:del><w:r><w:delText>Struket</w:delText></w:r></w:del><w:r><w:t>Kvar</w:t></w:r></w:p>"
    box = (
        "<w:p><mc:AlternateContent><mc:Choice><w:p><w:r><w:t>Ruta</w:t></w:r></w:p></mc:Choice>"
        "<mc:Fallback><w:p><w:r><w:t>Ruta</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent></w:p>"
    )
    raw = word(paragraph("Mål &amp; medel") + paragraph("Bygg mer", bullet) + turn + deleted + box)
    found = read(tmp_path, "plan.docx", raw)
    assert found.pages == ("Mål & medel\n\n• Bygg mer", "Kvar\n\nRuta")


def test_a_paragraph_over_two_pages_stands_on_the_first(tmp_path: Path) -> None:
    over = "<w:p><w:r><w:t>Börjar här </w:t><w:lastRenderedPageBreak/><w:t>slutar där.</w:t></w:r></w:p>"
    found = read(tmp_path, "plan.docx", word(over + paragraph("Sedan.")))
    assert found.pages == ("Börjar här slutar där.", "Sedan.")


def test_a_text_file_s_pages_are_parted_by_form_feeds(tmp_path: Path) -> None:
    found = read(tmp_path, "plan.txt", "\ufeffFörsta sidan.\r\n\fAndra sidan.".encode())
    assert found.pages == ("Första sidan.", "Andra sidan.")


# ---- letters


@pytest.mark.parametrize(
    ("text", "clean", "removed"),
    [
        ("traﬁk och ﬂyg", "trafik och flyg", 0),
        # a and a ring above it, as some programs write å, are one letter
        ("A\u030angbåt", "Ångbåt", 0),
        ("bred\u00adband", "bredband", 0),
        ("bred\u00ad\nband", "bred-\nband", 0),
        ("\uf0b7 punkt", "• punkt", 0),
        ("ett\u00a0två\ttre  fyra", "ett två tre fyra", 0),
        ("a\x00b\x1bc\x07", "abc", 3),
        # direction overrides turn "gpj.exe" around; zero-width marks hide
        ("fil\u202egpj.exe\u202c\u200b\u2066", "filgpj.exe", 4),
        ("a\u2028b\ufffd\ue000", "ab", 3),
        ("<script>alert(1)</script> =1+1 ../../etc", "<script>alert(1)</script> =1+1 ../../etc", 0),
        ("\n\n\n\na\n\n\n\nb\n", "a\n\nb", 0),
    ],
)
def test_text_is_cleaned(text: str, clean: str, removed: int) -> None:
    assert plan_text.cleaned(text) == (clean, removed)
    assert plan_text.cleaned(clean) == (clean, 0)


def test_surrogates_do_not_pass() -> None:
    assert plan_text.cleaned("a\ud800b") == ("ab", 1)


# ---- what is refused


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("plan.pdf", pdf([stream(b"0 0 m 9 9 l S")]), "run it through text recognition"),
        ("plan.pdf", pdf([text_stream(LINE)] + [stream(b"")] * 9), "text on 1 of 10 pages"),
        ("plan.pdf", pdf([text_stream(LINE)])[:300], "not a complete PDF"),
        ("plan.pdf", b"%PDF-1.7\n" + b"\x00\xff" * 500, "not a complete PDF"),
        ("plan.pdf", b"", "is empty"),
        ("plan.pdf", word(paragraph(LINE)), "ends with .pdf but is a ZIP archive"),
        ("plan.docx", pdf([text_stream(LINE)]), "ends with .docx but is a PDF"),
        ("plan.txt", pdf([text_stream(LINE)]), "ends with .txt but is a PDF"),
        ("plan.docx", b"some words", "ends with .docx but is not one; name the right file"),
        ("plan.docx", b"\xd0\xcf\x11\xe0" + b"0" * 100, "save it as .docx without one"),
        ("plan.docx", b"PK\x03\x04 and no more", "not a complete Word document"),
        ("plan.docx", archive({"../../evil": b"x"}), "without a Word text"),
        ("plan.docx", archive({"word/document.xml": b"<w:p><w:t>"}), "not valid XML"),
        ("plan.docx", word(""), "holds no text"),
        ("plan.txt", "Å".encode("latin-1"), "row 1 is not UTF-8 (byte 0xc5)"),
        ("plan.txt", b"a\x00b", "bytes of zero"),
        ("plan.txt", b" \n ", "is empty"),
        ("plan.doc", b"x", "a plan is read from .pdf, .docx or .txt; did you mean '.docx'?"),
        ("plan", b"x", "a plan is read from"),
    ],
)
def test_a_bad_file_is_refused_with_what_to_do(tmp_path: Path, name: str, raw: bytes, says: str) -> None:
    assert says in refused(tmp_path, name, raw)


def flagged(raw: bytes, offset: int, value: int) -> bytes:
    """An archive of one file with a number of its central header, two bytes long, changed."""
    at = raw.index(b"PK\x01\x02") + offset
    return raw[:at] + value.to_bytes(2, "little") + raw[at + 2 :]


def test_a_locked_word_document_is_not_a_damaged_one(tmp_path: Path) -> None:
    whole = word(paragraph(LINE))
    # The flags lie 8 bytes into the header, the way of packing 10; there is none with the number 98.
    assert "locked with a password" in refused(tmp_path, "plan.docx", flagged(whole, 8, 1))
    assert "not a complete Word document" in refused(tmp_path, "plan.docx", flagged(whole, 10, 98))


def test_a_locked_pdf_is_refused(tmp_path: Path) -> None:
    assert "locked with a password" in refused(tmp_path, "plan.pdf", locked("secret", "owner"))


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE d SYSTEM "https://example.org/d.dtd">',
    ],
)
def test_xml_that_declares_entities_is_refused(tmp_path: Path, before: str) -> None:
    raw = word(paragraph("&a;" if "ENTITY" in before else "x"), before=before)
    assert "declares a document type" in refused(tmp_path, "plan.docx", raw)


def test_xml_nested_too_deep_is_refused(tmp_path: Path) -> None:
    raw = word("<w:sdt>" * 200 + "</w:sdt>" * 200)
    assert "nested more than 100 deep" in refused(tmp_path, "plan.docx", raw)


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_text, "LARGEST_XML", 10**6)
    raw = word(paragraph("a" * 10**6))
    assert len(raw) < 10**4
    assert "unpacks to more than 1000000 bytes" in refused(tmp_path, "plan.docx", raw)


@pytest.mark.parametrize(
    ("limit", "raw", "says"),
    [
        ("MOST_PARTS", archive({"word/document.xml": b"<a/>", "b": b"", "c": b""}), "more than 2 files"),
        ("MOST_PARAGRAPHS", word("<w:p/>" * 3), "more than 2 paragraphs"),
        ("MOST_PAGES", word("<w:p><w:r><w:lastRenderedPageBreak/></w:r></w:p>" * 3), "more than 2 pages"),
    ],
)
def test_a_word_document_of_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, raw: bytes, says: str
) -> None:
    monkeypatch.setattr(plan_text, limit, 2)
    assert says in refused(tmp_path, "plan.docx", raw)


def test_links_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text(LINE, "utf-8")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(CallError, match="is a link; name the file itself"):
        plan_text.extract(tmp_path / "link.txt")
    for name in ("folder.txt", "pipe.txt", "absent.txt"):
        with pytest.raises(CallError, match="does not exist or is not a file"):
            plan_text.extract(tmp_path / name)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_text, "LARGEST_PLAN", 10)
    assert "more than 10 bytes" in refused(tmp_path, "plan.txt", b"12345678901")
    assert read(tmp_path, "plan.txt", b"1234567890").pages == ("1234567890",)


def test_2000_pages_are_read_and_one_more_is_not(tmp_path: Path) -> None:
    one = [text_stream("En sida text.")]
    assert len(read(tmp_path, "plan.pdf", pdf(one, again=2000)).pages) == 2000
    assert "more than 2000 pages" in refused(tmp_path, "plan.pdf", pdf(one, again=2001))


def test_a_stream_that_unpacks_to_a_bomb_is_stopped(tmp_path: Path) -> None:
    raw = pdf([text_stream(LINE), stream(b" " * 200_000_000, packed=True)])
    assert len(raw) < 10**6
    assert "(page 2) has a part that unpacks to far more" in refused(tmp_path, "plan.pdf", raw)


def test_a_bomb_inside_a_drawing_is_no_scan(tmp_path: Path) -> None:
    # The page draws a form whose stream is the bomb: the reader goes past it, and the page comes out empty.
    packed = zlib.compress(b" " * 200_000_000, 9)
    head = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F 6 0 R>>>>/Filter/FlateDecode"
    form = head + b"/Length %d>>stream\n%s\nendstream"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>/Contents 4 0 R>>"
    raw = whole(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            page,
            stream(b"/X Do"),
            form % (len(packed), packed),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        ]
    )
    said = refused(tmp_path, "plan.pdf", raw)
    assert "(page 1) has a part that unpacks to far more" in said
    assert "scanned" not in said


def test_a_drawing_that_draws_itself_is_named(tmp_path: Path) -> None:
    fonts = b"/Resources<</Font<</F 6 0 R>>/XObject<</X 5 0 R>>>>"
    inner = b"BT /F 10 Tf 40 700 Td (The form has this text once.) Tj ET /X Do"
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]" + fonts + b"/Length %d>>stream\n%s\nendstream"
    raw = whole(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]" + fonts + b"/Contents 4 0 R>>",
            stream(b"BT /F 10 Tf 40 800 Td (The page has a text of its own.) Tj ET /X Do"),
            form % (len(inner), inner),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        ]
    )
    found = read(tmp_path, "plan.pdf", raw)
    assert found.pages == ("The page has a text of its own.\nThe form has this text once.",)
    assert found.in_part == (1,)


def test_a_hyphen_that_a_page_shows_is_kept_and_one_of_flowing_text_is_not(tmp_path: Path) -> None:
    # In WinAnsi 0xAD is the soft hyphen: what a page draws with it is a hyphen.
    shown = read(
        tmp_path, "plan.pdf", pdf([text_stream("enligt plan\u00ad och bygglagen med e\u00adtjänster")])
    )
    assert shown.pages == ("enligt plan- och bygglagen med e-tjänster",)
    flowing = paragraph("bredbands\u00adutbyggnaden i hela regionen")
    assert read(tmp_path, "plan.docx", word(flowing)).pages == ("bredbandsutbyggnaden i hela regionen",)


@ON_LINUX
def test_the_limit_on_memory_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_text, "MOST_MEMORY", 150 * 2**20)
    raw = pdf([stream(b"BT " + b"(a) Tj " * 6_000_000, packed=True)])
    assert "needs more than 150 MiB" in refused(tmp_path, "plan.pdf", raw)


def test_the_limit_on_time_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_text, "MOST_SECONDS", 2)
    raw = pdf([stream(b"BT /F 9 Tf " + b"(a) Tj " * 3_000_000 + b" ET", packed=True)])
    assert "took more than 2 seconds" in refused(tmp_path, "plan.pdf", raw)


def test_the_limit_on_text_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_text, "MOST_CHARACTERS", 50)
    assert "(page 2) holds more than 50 characters" in refused(
        tmp_path, "plan.pdf", pdf([text_stream(LINE), text_stream(LINE)])
    )
    assert "more than 50 characters" in refused(tmp_path, "plan.txt", b"a" * 51)


@pytest.mark.parametrize(
    "raw",
    [
        pdf([stream(b"BT " + b"[" * 100_000 + b" ET")]),
        pdf([stream(b"<<" * 100_000)]),
        # a page tree that holds itself
        whole([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 2/Kids[2 0 R 2 0 R]>>"]),
        whole([b"<</Type/Catalog/Pages 1 0 R>>"]),
        whole([b"[" * 50_000]),
    ],
)
def test_a_pdf_that_is_nested_without_end_is_stopped(tmp_path: Path, raw: bytes) -> None:
    # It is its form that stops it, long before the limit on time.
    assert "took more than" not in refused(tmp_path, "plan.pdf", raw)


def test_a_pdf_without_the_reader_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (tmp_path / "plan.pdf").write_bytes(pdf([text_stream(LINE)]))
    with pytest.raises(CallError, match=re.escape("pip install 'storregion[plans]'")):
        plan_text.extract(tmp_path / "plan.pdf")


# ---- fonts that hide their letters


def test_a_plan_in_a_font_that_hides_its_letters_is_refused(tmp_path: Path) -> None:
    # What a shifted font gives: words without vowels.
    lost = " ".join(["Wklv", "whtxw", "qrw", "grg", "sdgd", "xqghu", "Pgqvf", "Kbrts"] * 4)
    message = refused(tmp_path, "plan.pdf", pdf([text_stream(lost)]))
    assert "do not tell which letters" in message
    wrong = " ".join(["fÃ¶r", "mÃ¥l", "lÃ¤n"] * 8)
    assert "do not tell which letters" in refused(tmp_path, "plan.txt", wrong.encode())
    private = "\ue001\ue002 \ue003\ue004 " * 8
    assert "do not tell which letters" in refused(tmp_path, "plan.txt", private.encode())


def test_one_such_page_of_many_is_left_out_and_told(tmp_path: Path) -> None:
    wrong = " ".join(["fÃ¶r", "mÃ¥l", "lÃ¤n"] * 8)
    found = read(tmp_path, "plan.txt", "\f".join([LINE] * 4 + [wrong, ""]).encode())
    assert (found.unreadable, found.empty) == ((5,), (6,))
    assert found.pages == (LINE,) * 4 + ("", "")


def test_abbreviations_and_signs_are_no_broken_font(tmp_path: Path) -> None:
    text = "RTJF ÅDT kWh 123 (456) § 7 TEN-T SCB VGR km/tim GWh MWh – Mbit/s " * 4
    assert read(tmp_path, "plan.txt", text.encode()).unreadable == ()
