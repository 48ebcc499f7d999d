"""The simulated shop: its catalog, and shoppers whose tastes are known, the ground truth of our tests."""
