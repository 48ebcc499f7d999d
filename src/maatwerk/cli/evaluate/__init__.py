"""`maatwerk evaluate`: how well a capability does on files, without a server.

One module a capability. Each is a plain function from paths to one JSON-able result, so that a test, a
notebook and the command line call the same thing.
"""
