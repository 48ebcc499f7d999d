"""One folder per technology, each behind a port that another layer defines. Opened by `app` alone."""
