"""What application is about: borrowers, products, applications, reviews, offers and contracts. Pure."""
