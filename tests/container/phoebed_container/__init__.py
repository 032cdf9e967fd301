"""What the files of packaging/container say."""
