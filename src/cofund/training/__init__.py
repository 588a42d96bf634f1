"""The work that is paid for: hierarchical federated averaging that leaves evidence."""
