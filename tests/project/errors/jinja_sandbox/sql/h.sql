{% do [].append(1) %}
