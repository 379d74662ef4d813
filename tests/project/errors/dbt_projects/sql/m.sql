SELECT * FROM {{ source('no_manifest', 'any') }}
