"""The ``earmark`` command: one module per subcommand, each a composition root."""
