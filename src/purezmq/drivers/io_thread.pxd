# Compiled without C types: its turns are Python calls, and few.
