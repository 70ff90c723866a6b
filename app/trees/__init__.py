"""The sponsor tree and the binary tree, read: downlines, uplines, legs, open slots."""
