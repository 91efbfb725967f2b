"""Référentiels : numéros d'établissement, communes, territoires, téléphones, adresses, clé de recherche."""
