SELECT {{ var('asof') }},
  {{ env_var('SEGKIT_TEST_NOT_SET') }}
