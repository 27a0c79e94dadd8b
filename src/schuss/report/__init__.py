"""The run report, one HTML file that opens offline.

A run's record and its history come in, nothing else. A page comes out: the answer first, then what to try next, and
what the members, the curves, the errors and the columns show.
"""

from schuss.report.page import html_of as html_of
from schuss.report.page import page as page
from schuss.report.page import write as write
