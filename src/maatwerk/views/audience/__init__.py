"""Who belongs to which audience: conditions over what is known of a shopper and over what she did.

The rule of this room: an audience is judged from kept rows that are bounded and merge lawfully, by one
typed tree for one shopper and for all of them; whatever cannot be told does not match.
"""
