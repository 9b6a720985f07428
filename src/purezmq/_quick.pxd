# Only the functions that _quick.py has, too.
