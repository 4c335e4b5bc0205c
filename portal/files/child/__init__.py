"""What opens customers' files: a process of its own, with limits of memory and time, without keys, database
or network settings. Nothing here imports Django; ``portal.files.sandbox`` starts it.
"""
