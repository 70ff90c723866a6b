"""Who is calling, what their role may do, and whom they may see."""
