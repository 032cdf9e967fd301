"""Property-based requests: both APIs are held to the OpenAPI documents that the daemon serves.

schemathesis makes the requests from the documents, valid ones and spoilt ones, and judges the
answers by them. It runs as its own program, so that its report stands as it is in pytest's; what
it is told is in `public.toml` and `admin.toml`, what it learns about phoebed in the modules of
hooks beside this one.
"""
