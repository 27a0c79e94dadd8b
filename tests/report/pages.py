"""A page of the report as a browser would see it."""

import json
from html.parser import HTMLParser


class Page(HTMLParser):
    """What a browser would see: elements, their attributes, and texts outside of scripts and styles."""

    VOID = ("meta", "br", "img", "link", "input")

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.texts, self.scripts, self.styles = [], [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes), tuple(self.open)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        kept = {"script": self.scripts, "style": self.styles}.get(self.open[-1] if self.open else "", self.texts)
        kept.append(data)

    def all(self, tag):
        return [attributes for found, attributes, _ in self.elements if found == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    @property
    def figures(self):
        """The specifications of the pictures."""
        specs = [script for script in self.scripts if script.startswith('{"data"')]
        return [json.loads(spec) for spec in specs]
