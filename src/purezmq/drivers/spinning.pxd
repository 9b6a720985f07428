from purezmq.drivers.pump cimport Pump

cpdef double longest_s(Pump pump) except -1
cpdef succeeded(Pump pump)
cpdef failed(Pump pump)
cpdef slept(Pump pump, double waited_s)
