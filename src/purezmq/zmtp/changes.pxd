cpdef Py_ssize_t cut_changes(bytes data, Py_ssize_t pos, list found, Py_ssize_t room) except -1
