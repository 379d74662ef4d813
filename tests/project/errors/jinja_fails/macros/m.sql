{% macro broken(column) %}
  coalesce({{ column }}, {{ fallback }})
{% endmacro %}
{% macro strict(x) %}{{ exceptions.raise_compiler_error('x must be positive, not ' ~ x) }}{% endmacro %}
{% macro ref(x) %}{% endmacro %}
