"""The one pipeline every decision about products goes through.

candidates -> eligible -> scored -> arranged -> explained. Each step is a function of what it is
given; a step that removes a candidate says which rule did.
"""
