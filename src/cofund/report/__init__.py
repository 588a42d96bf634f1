"""Tables and pages made from records only."""
