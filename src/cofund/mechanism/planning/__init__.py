"""Choosing cohort, goal and rounds before bids open (mechanism.md, "Choosing the goal")."""
