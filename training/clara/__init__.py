"""How CLaRa models are trained: records, settings, packing of batches, objectives and the loop of every stage."""
