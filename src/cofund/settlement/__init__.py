"""What is owed now: an integer model of the campaign contract."""
