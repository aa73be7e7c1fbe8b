"""How the product is set up: settings, serving, the database's history."""
