"""What people ask, and what digests tell: the queries behind each answer."""
