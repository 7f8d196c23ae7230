"""Where to look closer: parts of a picture, chosen, and what was found in them brought together.

Pure functions of boxes and sizes; they see no picture and no model.
"""
