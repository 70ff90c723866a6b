"""What each command must satisfy, and what its fact decides: a rule a command, rooms by what they speak of.

Flow by placement, qualify by sponsor. A rule keeps the world true as it goes, and leaves it as it was when it refuses.
"""
