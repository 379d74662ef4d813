SELECT {{ ''.__class__.__mro__ }}
