"""Rules to compare with: one a file, each with the axioms it declares (mechanism.md, "Laboratory")."""
