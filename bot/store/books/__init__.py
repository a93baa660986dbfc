"""What was sold: payments, sales, entries, buyers, rights, and the sums kept ready."""
