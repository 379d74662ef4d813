{% macro m() %}{{ m() }}{% endmacro %}SELECT {{ m() }}
