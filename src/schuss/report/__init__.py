"""The run report: a run folder → one HTML file that opens offline, made from what the folder records alone."""

from schuss.report.page import html_of as html_of
from schuss.report.page import page as page
from schuss.report.page import write as write
