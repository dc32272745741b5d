"""The executor: runs other people's JavaScript in worker processes that can be killed."""
