{% for i in range(100000) %}{{ i }}, {{ i }}, {{ i }}
{% endfor %}
