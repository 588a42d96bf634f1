"""The studies behind the figures: one file per figure, its configuration on top; run by ``cofund study``."""
