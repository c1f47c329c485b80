"""Categories: their tree, and the rules that give them."""
