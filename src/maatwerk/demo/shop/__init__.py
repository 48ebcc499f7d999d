"""The demo's web shop: a plain shop with pages of its own, made personal from outside.

Its server renders every page from its own catalog and holds cart, accounts and orders, exactly as a
customer's shop would. Of Maatwerk it knows the write key, the address of ``/maatwerk.js`` and how to sign a
user id, nothing else: what is personal arrives in the browser, in marked elements, and without it every page
still sells.
"""

from maatwerk.demo.shop.application import shop_app

__all__ = ["shop_app"]
