"""The boot test's machine: a Debian root, a container that boots it, and what is asked of it."""
