SELECT
  {{ broken('age') }}
