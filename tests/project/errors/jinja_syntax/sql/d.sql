SELECT 1 {% ednif %}
