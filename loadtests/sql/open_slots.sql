SELECT parent, slot FROM nearest_open(%(person)s, 50)
