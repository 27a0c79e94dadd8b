"""Tables: files and built-in data → arrays to train on, and predictions → labels and numbers."""

from schuss.tables.builtin import BUILTIN as BUILTIN
from schuss.tables.builtin import load_builtin as load_builtin
from schuss.tables.columns import Classes as Classes
from schuss.tables.columns import Number as Number
from schuss.tables.encode import Decision as Decision
from schuss.tables.encode import Encoding as Encoding
from schuss.tables.encode import LeftOut as LeftOut
from schuss.tables.errors import InputError as InputError
from schuss.tables.fingerprint import fingerprint as fingerprint
from schuss.tables.read import read as read
from schuss.tables.roles import Roles as Roles
from schuss.tables.source import place as place
from schuss.tables.split import Split as Split
from schuss.tables.split import folds as folds
from schuss.tables.split import split as split
from schuss.tables.split import split_table as split_table
from schuss.tables.target import Task as Task
from schuss.tables.target import find_task as find_task
from schuss.tables.target import infer_task as infer_task
