"""The auditor: searches for markets on which a rule breaks an axiom (mechanism.md, "Auditing a rule")."""
