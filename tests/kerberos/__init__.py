"""GSSAPI, with a Kerberos realm that the tests run themselves."""
