"""The demo: a REST client that lets phoebed compute a real eclipsing binary.

It starts the release binary in a directory of its own, tells it the published parameters of
WW Aurigae, and compares what comes back with what was observed. Nothing here imports PHOEBE:
all that the demo knows of it comes over HTTP.
"""
