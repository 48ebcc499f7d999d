"""What we know: folds over the log. Any view can be deleted and rebuilt from the events alone.

Pure: a fold is told the time and handed its state; where the state is kept is an engine's affair.
"""
