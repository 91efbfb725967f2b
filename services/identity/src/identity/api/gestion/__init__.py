"""La gestion : ce que les administrateurs et le support lisent et décident des comptes."""
