"""The Python side of phoebed: the zygote, the workers forked from it, and their commands.

Importing this package, `channel`, `link`, `worker` or `zygote` never imports PHOEBE: only
`engine` and what lies under `commands` do. Tests of the daemon rely on that.
"""
