cpdef bint is_wanted(dict topics, tuple lengths, bytes first_part) except -1
cpdef wanted_by(dict pipes_of, tuple lengths, tuple found, bytes first_part)
cpdef share_out(dict pipes_of, list lengths_by_byte, tuple found, list messages)
