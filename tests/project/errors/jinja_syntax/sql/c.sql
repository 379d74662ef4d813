SELECT {{ 'x' | uper }}
