"""Two runs of ours beside each other, line by line: who gains, who loses, and by which rule."""
