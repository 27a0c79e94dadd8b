"""Reading: bytes of a file, or a frame, in; an Arrow table out.

Format, encoding, delimiter and header are found out or refused with the line that is wrong.
"""
