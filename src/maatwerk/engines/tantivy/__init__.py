"""The search index on tantivy: a folder a store, written by one process, read by all.

It holds words of products and nothing of any person: no erasure touches it.
"""
