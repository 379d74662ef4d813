SELECT 1 FROM {{ ref(env_var('SEGKIT_TEST_SECRET')) }}
