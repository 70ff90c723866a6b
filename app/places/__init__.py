"""Where somebody can be placed: the binary tree's open slots, and what each person keeps to find them."""
