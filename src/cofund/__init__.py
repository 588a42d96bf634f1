"""Crowdfund a hierarchical federated-learning model."""
