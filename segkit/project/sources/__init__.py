"""Where the data of a project lies when it is not the project's own."""
