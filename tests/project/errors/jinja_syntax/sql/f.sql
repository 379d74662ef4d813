SELECT {{ 'abc }}
