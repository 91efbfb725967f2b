"""Un fichier par format, écrit au fil de l'eau : la mémoire ne dépend pas du nombre de lignes."""
