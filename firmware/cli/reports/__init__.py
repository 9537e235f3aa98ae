"""Reports as papers, made in a short-lived process of their own."""
