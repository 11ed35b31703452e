"""Collection as pure rules: cases, delinquency stages, promises to pay, contacts, write-off proposals."""
