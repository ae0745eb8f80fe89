"""The rows wing: the console where people know, plan, approve and follow; a folder for each Django app."""
