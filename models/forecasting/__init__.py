"""Demand forecasting: series, the Temporal Fusion Transformer, statistical methods, boosting, and how one is chosen."""
