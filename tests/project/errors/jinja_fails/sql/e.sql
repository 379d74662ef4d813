SELECT {{ strict(-1) }}
