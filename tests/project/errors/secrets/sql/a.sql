SELECT {{ {}[env_var('SEGKIT_TEST_SECRET')] }}
