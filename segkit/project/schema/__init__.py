"""What may stand in segkit.yml and sql/**/*.yml, as types. A JSON schema comes from these too.

A field's description ends the help text "add `key: ...`, <description>".
"""
