"""`make load`: what three kinds of user wait for, at rates that come whatever becomes of the requests before."""
