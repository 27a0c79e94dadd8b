"""Tables: files, frames and built-in data become arrays to train on, and predictions become labels and numbers.

A file or a built-in name comes in (`read`, `load_builtin`); rows are split (`split`, `folds`) and columns encoded
(`Encoding`); arrays come out. Whatever a user gave that does not fit is an `InputError`, which names file, line and
column, and says what to do.
"""

from schuss.tables.encoding.columns import Columns as Columns
from schuss.tables.encoding.decision import Decision as Decision
from schuss.tables.encoding.decision import LeftOut as LeftOut
from schuss.tables.encoding.encode import Encoding as Encoding
from schuss.tables.encoding.target import ClassTarget as ClassTarget
from schuss.tables.encoding.target import NumberTarget as NumberTarget
from schuss.tables.errors import InputError as InputError
from schuss.tables.fingerprint import fingerprint as fingerprint
from schuss.tables.reading.builtin import BUILTIN as BUILTIN
from schuss.tables.reading.builtin import load_builtin as load_builtin
from schuss.tables.reading.read import read as read
from schuss.tables.roles import Roles as Roles
from schuss.tables.source import place as place
from schuss.tables.splitting.split import Split as Split
from schuss.tables.splitting.split import folds as folds
from schuss.tables.splitting.split import split as split
from schuss.tables.splitting.split import split_table as split_table
from schuss.tables.task import Task as Task
from schuss.tables.task import find_task as find_task
from schuss.tables.task import infer_task as infer_task
