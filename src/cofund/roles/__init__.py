"""Each party of a campaign on its own: what it may do next, what it seals and keeps, what it sends."""
