SELECT {{ 1 / 0 }}
