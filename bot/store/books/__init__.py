"""What was sold: payments, sales, entries, buyers, rights, and what each day comes to."""
