"""Content decisions: which block, pop-up, links and layout a shopper meets, and in which order.

The rule of this room: whatever names an audience, a stage, a language or an experiment's arm is shown to
those alone (it fails closed), what is shown was cleaned, and each thing not shown names what kept it back.
"""
