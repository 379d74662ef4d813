SELECT {{ custmers }}
