SELECT {{ 1 + }}
