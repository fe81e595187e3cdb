"""Places of pages, mails, text and tables."""

from __future__ import annotations

from collections.abc import Iterator

from tools.marked.places import FILLER, Place, crossed, single

_HTML_BLOCKS = {
    "paragraph": "<p>{}</p>",
    "div": "<div>{}</div>",
    "heading": "<h2>{}</h2><p>x</p>",
    "item": "<ul><li>{}</li></ul>",
    "cell": "<table><tr><td>{}</td><td>x</td></tr><tr><td>a</td><td>b</td></tr></table>",
    "head of table": "<table><tr><th>{}</th><th>x</th></tr><tr><td>a</td><td>b</td></tr></table>",
    "caption": "<table><caption>{}</caption><tr><td>a</td><td>b</td></tr></table>",
    "definition": "<dl><dt>x</dt><dd>{}</dd></dl>",
    "details": "<details><summary>x</summary>{}</details>",
    "figure": "<figure><figcaption>{}</figcaption></figure>",
    "article": "<article><header>x</header>{}</article>",
    "form": "<form><fieldset><legend>x</legend>{}</fieldset></form>",
    "centre": "<center>{}</center>",
    "quote": "<blockquote>{}</blockquote>",
}
_HTML_INLINE = {
    "text": "{}",
    "bold": "<b>{}</b>",
    "link": "<a href='x'>{}</a>",
    "struck": "<s>{}</s>",
    "deleted": "<del>{}</del>",
    "struck by style": "<span style='text-decoration:line-through'>{}</span>",
    "struck by class": "<span class='barre'>{}</span>",
    "hidden by class": "<span class='cache'>{}</span>",
    "inserted": "<ins>{}</ins>",
    "raised": "<sup>{}</sup>",
    "hidden": "<span hidden>{}</span>",
    "not displayed": "<span style='display:none'>{}</span>",
    "explained": "<abbr title='{}'>IDM</abbr>",
    "tooltip": "<span title='{}'>x</span>",
    "spoken": "<span aria-label='{}'>x</span>",
    "picture": "<img src='x' alt='{}'>",
    "input": "<input type='text' value='{}'>",
    "hidden input": "<input type='hidden' value='{}'>",
    "prompt": "<input placeholder='{}'>",
    "submit": "<input type='submit' value='{}'>",
    "area": "<textarea>{}</textarea>",
    "chosen": "<select><option>a</option><option selected>{}</option></select>",
    "not chosen": "<select><option>a</option><option>{}</option></select>",
    "without script": "<noscript>{}</noscript>",
    "template": "<template><p>{}</p></template>",
    "script": "<script>var a = '{}';</script>",
    "comment": "<!-- {} -->",
    "button": "<button>{}</button>",
    "label": "<label>{}</label>",
    "object": "<object data='x'>{}</object>",
    "video": "<video src='x'>{}</video>",
    "drawing": "<svg><text>{}</text></svg>",
    "equation": "<math><mi>{}</mi></math>",
    "output": "<output>{}</output>",
    "dialog": "<dialog>{}</dialog>",
    "open dialog": "<dialog open>{}</dialog>",
    "list of hints": "<datalist><option>{}</option></datalist>",
    "custom": "<x-valeur>{}</x-valeur>",
    "font": "<font color='red'>{}</font>",
    "marked": "<mark>{}</mark>",
    "canvas": "<canvas>{}</canvas>",
    "frame": "<iframe>{}</iframe>",
}


def _html(inside: str, _block: str) -> bytes:
    style = "<style>.barre{text-decoration:line-through}.cache{display:none}</style>"
    return (
        f"<html><head><meta charset='utf-8'>{style}</head><body><p>{FILLER}</p>{inside}</body></html>"
    ).encode()


_HEAD = "From: a@example.org\nTo: b@example.org\nSubject: Courrier\nMIME-Version: 1.0\n"
_ALTERNATIVE = _HEAD + "Content-Type: multipart/alternative; boundary=B\n\n"
_MIXED = _HEAD + "Content-Type: multipart/mixed; boundary=B\n\n"
_PLAIN, _PAGE = (
    "--B\nContent-Type: text/plain; charset=utf-8\n\n",
    "--B\nContent-Type: text/html; charset=utf-8\n\n",
)
_MAILS = {
    "subject": _HEAD.replace("Courrier", "{}") + f"\n{FILLER}",
    "sender": _HEAD.replace("a@example.org", '"{}" <a@example.org>') + f"\n{FILLER}",
    "plain": _HEAD + "\n{}",
    "html": _HEAD + "Content-Type: text/html; charset=utf-8\n\n<p>{}</p>",
    "html beside a stub": f"{_ALTERNATIVE}{_PLAIN}Format HTML.\n{_PAGE}<p>{{}}</p>\n--B--",
    "html beside nothing": f"{_ALTERNATIVE}{_PLAIN}\n{_PAGE}<p>{{}}</p>\n--B--",
    "text beside html": (
        f"{_ALTERNATIVE}{_PLAIN}{FILLER} {{}}\n{_PAGE}<p>{FILLER} Et encore bien plus de texte"
        " ici.</p>\n--B--"
    ),
    "html beside text": (
        f"{_ALTERNATIVE}{_PLAIN}{FILLER} Et encore bien plus de texte.\n{_PAGE}<p>{{}}</p>\n--B--"
    ),
    "calendar": (
        f"{_ALTERNATIVE}{_PLAIN}{FILLER}\n--B\nContent-Type: text/calendar;"
        " charset=utf-8\n\nBEGIN:VEVENT\nSUMMARY:{}\nEND:VEVENT\n--B--"
    ),
    "description of calendar": (
        f"{_ALTERNATIVE}{_PLAIN}{FILLER}\n--B\nContent-Type: text/calendar;"
        " charset=utf-8\n\nBEGIN:VEVENT\nDESCRIPTION:x\\n{}\nEND:VEVENT\n--B--"
    ),
    "second text": f"{_MIXED}{_PLAIN}{FILLER}\n{_PLAIN}{{}}\n--B--",
    "html after text": f"{_MIXED}{_PLAIN}{FILLER}\n{_PAGE}<p>{{}}</p>\n--B--",
    "attached text": (
        f"{_MIXED}{_PLAIN}{FILLER}\n--B\nContent-Type: text/plain\nContent-Disposition: attachment;"
        " filename=a.txt\n\n{}\n--B--"
    ),
    "attached page": (
        f"{_MIXED}{_PLAIN}{FILLER}\n--B\nContent-Type: text/html\nContent-Disposition: attachment;"
        " filename=a.html\n\n<p>{}</p>\n--B--"
    ),
    "attached mail": (
        f"{_MIXED}{_PLAIN}{FILLER}\n--B\nContent-Type: message/rfc822\n\nFrom: c@example.org\nSubject:"
        " x\n\n{}\n--B--"
    ),
    "subject of attached mail": (
        f"{_MIXED}{_PLAIN}{FILLER}\n--B\nContent-Type: message/rfc822\n\nFrom: c@example.org\nSubject:"
        f" {{}}\n\n{FILLER}\n--B--"
    ),
    "related": f"{_HEAD}Content-Type: multipart/related; boundary=B\n\n{_PAGE}<p>{{}}</p>\n--B--",
    "delivery report": (
        f"{_HEAD}Content-Type: multipart/report; boundary=B\n\n{_PLAIN}{FILLER}\n--B\nContent-Type:"
        " message/delivery-status\n\nReporting-MTA: {}\n--B--"
    ),
    "preamble": f"{_MIXED}{{}}\n{_PLAIN}{FILLER}\n--B--",
    "epilogue": f"{_MIXED}{_PLAIN}{FILLER}\n--B--\n{{}}",
}
_CSV = {
    "cell": "a;b\n{};2\n",
    "header": "{};b\n1;2\n",
    "quoted": 'a;b\n"x ; {}";2\n',
    "beyond the header": "a;b\n1;2;{}\n",
    "without a heading": "a;;c\n1;{};3\n",
    "title": "{}\n\na;b\n1;2\n",
    "declared separator": "sep=;\na;b\n{};2\n",
    "note": "patient_id;texte\nP1;{}\n",
    "torn note": "patient_id,texte\nP1,toux, {}\n",
    "beside a note": "patient_id;texte;remarque\nP1;Va bien;{}\n",
    "column twice": "patient_id;texte;remarque;remarque\nP1;Va bien;x;{}\n",
    "cell of a patient": "patient_id;valeur\nP1;{}\n",
    "tab": "a\tb\n1\t{}\n",
    "bar": "a|b\n1|{}\n",
    "short row": "a;b;c\n{}\n",
}
_TEXTS = {
    "first line": "{}\n\n" + FILLER,
    "last line": FILLER + "\n\n{}",
    "after a control character": FILLER + "\x01{}",
    "in a table": "Examen   Valeur\n{}   4,2",
    "heading": "CONCLUSION\n{}\n",
}
_MARKDOWN = {
    "heading": "# {}\n\n" + FILLER,
    "item": FILLER + "\n\n- {}",
    "code": FILLER + "\n\n```\n{}\n```",
    "quote": FILLER + "\n\n> {}",
}
_JSON = {
    "text": '{"_id": "1", "text": "{}"}',
    "title": '{"_id": "1", "title": "{}", "text": "Va bien."}',
    "further": '{"_id": "1", "text": "Va bien.", "service": "{}"}',
    "nested": '{"_id": "1", "text": "Va bien.", "metadata": {"service": "{}"}}',
    "deep": '{"_id": "1", "text": "Va bien.", "a": {"b": ["{}"]}}',
}


def _encoded(text: str) -> bytes:
    return text.encode()


def places() -> Iterator[Place]:
    """Yield the places of pages, mails, text and tables."""
    yield from crossed("html", ".html", _HTML_BLOCKS, _HTML_INLINE, _html)
    yield from single("mail", ".eml", _MAILS, _encoded)
    yield from single("csv", ".csv", _CSV, _encoded)
    yield from single("text", ".txt", _TEXTS, _encoded)
    yield from single("markdown", ".md", _MARKDOWN, _encoded)
    yield from single("jsonl", ".jsonl", _JSON, _encoded)
