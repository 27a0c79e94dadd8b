"""What the terminal shows.

Progress, results, inspections and judgements come in; text comes out, fitted to the terminal's width, or plain values
for ``--json``.
"""

from schuss.show.bar import Bar as Bar
from schuss.show.inspection import inspection_record as inspection_record
from schuss.show.inspection import print_inspection as print_inspection
from schuss.show.judgement import print_judgement as print_judgement
from schuss.show.result import as_record as as_record
from schuss.show.result import print_repeated as print_repeated
from schuss.show.result import print_result as print_result
