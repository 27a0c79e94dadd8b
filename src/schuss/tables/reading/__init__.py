"""Reading: files, databases, frames and built-in data become Arrow tables.

The path of a file, a pattern, or a frame comes in; a table that knows its source comes out. Format, encoding, delimiter
and header are found out, or refused with the line that is wrong.
"""
