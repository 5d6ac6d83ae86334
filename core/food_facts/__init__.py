"""Facts about food that decide what is safe for whom: allergens, conditions, medicines, diets. Pure data and loaders.

Every row has an id and a source. No row has been signed by a dietitian or a pharmacist yet: see ``reviewed``.
"""
