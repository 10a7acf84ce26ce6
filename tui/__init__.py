"""boxscope: see what failed in Tensorlake sandboxes, where and why."""

# Written here, and read from here by the build, because looking it up in the installed metadata costs several times
# the start of the interpreter.
__version__ = "0.1.0"
