"""The command line, one file a noun. Only click is imported at the top of these modules."""
