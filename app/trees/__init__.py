"""The sponsor tree, the binary tree and the matrix, read: downlines, uplines, legs, open slots."""
