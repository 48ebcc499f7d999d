"""Passwords kept as Argon2id hashes (RFC 9106), with argon2-cffi."""
