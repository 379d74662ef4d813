SELECT '{{ 'a' * 10 ** 8 }}'
