"""The run folder: everything about one invocation of training, in files that execute nothing when read.

A selection and what is known beside it come in and are written; a `Record`, weights and histories come back.

| file | what |
|---|---|
| run.json | settings, encodings, members and their results, the model, the machine: see `schuss.runs.record` |
| leaderboard.csv | one member a row, best first |
| history.parquet | the cost of every mini-batch and the validation of every epoch, by fold and member |
| members.safetensors | weights of every member: "fold/member/layer/name" |
| report.html | all of it to look at |
"""

from schuss.runs.folder import HISTORY as HISTORY
from schuss.runs.folder import RUN as RUN
from schuss.runs.folder import WEIGHTS as WEIGHTS
from schuss.runs.folder import find as find
from schuss.runs.folder import require_writable as require_writable
from schuss.runs.leaderboard import RARE as RARE
from schuss.runs.leaderboard import member_record as member_record
from schuss.runs.leaderboard import rows as rows
from schuss.runs.read import read_record as read_record
from schuss.runs.record import Facts as Facts
from schuss.runs.record import MemberRecord as MemberRecord
from schuss.runs.record import Record as Record
from schuss.runs.record import RowCounts as RowCounts
from schuss.runs.settings import Settings as Settings
from schuss.runs.write import save as save
