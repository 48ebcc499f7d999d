"""What every HTTP surface shares: reading requests within limits, answering, keys, CORS, routing, health.

Bare ASGI: the content type is never trusted, every refusal is `application/problem+json`, and nothing
a client sends can end in more than a refused request.
"""
